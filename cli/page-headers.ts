/** What a host sends with the page, beside its type. docs/hosting.md says why, and gives the same list to other hosts. */

/** The page's policy stands in index.html too; a worker has only what its own file came with. */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
].join('; ');

/** With every response, those that say that something is not there among them. */
export const everywhere = {
  // Who may show the page in a frame can only be said in a header.
  'Content-Security-Policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** For how long a browser may keep what it has without asking: a file of assets/ has its hash in its name. */
export const caching = { assets: 'public, max-age=31536000, immutable', others: 'no-cache' } as const;
