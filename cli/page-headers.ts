/** What a host sends with the page, beside its type. docs/hosting.md says why, and gives the same list to other hosts. */

/** The Hub, and where it keeps large files: it names another of its hosts from time to time. */
const hub = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];

/** A judge's server on the visitor's own machine. */
const ownMachine = ['http://localhost:*', 'http://127.0.0.1:*'];

/** `allowed` are origins that models may be downloaded from, beside the Hub. */
function policy(allowed: readonly string[]): string {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "worker-src 'self'",
    "img-src 'self' data: blob:",
    ["connect-src 'self'", ...hub, ...ownMachine, ...allowed].join(' '),
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'none'",
  ].join('; ');
}

/** The page's policy stands in index.html too; a worker, which is what downloads, has only what its own file came with. */
export const contentSecurityPolicy = policy([]);

/** With every response, those that say that something is not there among them. `allowed` as in `policy`. */
export function headersAllowing(allowed: readonly string[]) {
  return {
    // Who may show the page in a frame can only be said in a header.
    'Content-Security-Policy': `${policy(allowed)}; frame-ancestors 'none'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  } as const;
}

export const everywhere = headersAllowing([]);

/** For how long a browser may keep what it has without asking: a file of assets/ has its hash in its name. */
export const caching = { assets: 'public, max-age=31536000, immutable', others: 'no-cache' } as const;
