/**
 * Compiles the command line into dist-cli/. There every cli/NAME.mjs, which runs a TypeScript file of this checkout, is that file
 * compiled, and lies where its neighbours look for it.
 */
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function buildCommandLine() {
  // Whoever asks may have to install it first.
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      target: 'node20',
      outDir: 'dist-cli',
      rolldownOptions: {
        input: { waltz: 'cli/bin.ts', 'thread/entry': 'cli/thread/thread.ts' },
        // What two share lies beneath the package's own folder, as cli/ does.
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
}
