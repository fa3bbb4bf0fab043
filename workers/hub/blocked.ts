import type { Unreachable } from '../../src/hub/request';

/** Origins that the policy of this page's host forbids: a fetch that it stops fails like any other. */
const blocked = new Set<string>();

self.addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
  if (effectiveDirective === 'connect-src' && URL.canParse(blockedURI)) blocked.add(new URL(blockedURI).origin);
});

/** Milliseconds in which a violation is told after the fetch that it stopped. */
const TOLD = 50;

/** Why an origin could not be reached, as far as this worker knows. */
export async function whyUnreachable(origin: string): Promise<Unreachable> {
  await new Promise((told) => setTimeout(told, TOLD));
  if (blocked.size > 0) {
    // A redirect may lead to another one than was asked for.
    const forbidden = blocked.has(origin) ? origin : [...blocked].join(', ');
    blocked.clear();
    const words = `The host of this page does not let it reach ${forbidden}: it would have to name that in connect-src (docs/hosting.md), as waltz serve --allow-host does. Or fetch the model with waltz fetch, and choose the folder here.`;
    return { words, again: false };
  }
  if (!navigator.onLine) return { words: 'This browser is offline. Go on when it is online again.', again: false };
  const words =
    'Either nothing answers there, or it lets no page of another site read it (CORS). Try again later, or fetch the model with waltz fetch and choose the folder here.';
  return { words, again: true };
}
