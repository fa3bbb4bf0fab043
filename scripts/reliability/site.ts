import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where these scripts keep what they need again. */
export const cache = `${root}.cache/reliability`;

/** Builds the page into a folder of its own, so that a build beside it changes nothing, and serves it. */
export async function serveSite(name: string): Promise<{ address: string; close: () => Promise<void> }> {
  const outDir = `${cache}/${name}/dist`;
  await build({ root, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const server = await preview({ root, logLevel: 'error', build: { outDir }, preview: { port: 4600 } });
  return { address: server.resolvedUrls!.local[0], close: () => server.close() };
}
