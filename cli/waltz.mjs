/** Entry of `npm run -s waltz -- …`: runs cli/main.ts with nothing built. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../scripts/install.mjs';
import { missingLibraryPath } from '../scripts/unpacked.mjs';

ensureInstalled();
const libraries = missingLibraryPath();
if (libraries === null) {
  const { importTypeScript } = await import('../scripts/typescript.mjs');
  const { main } = await importTypeScript(fileURLToPath(new URL('main.ts', import.meta.url)));
  process.exitCode = await main(process.argv.slice(2));
} else {
  // The dynamic linker reads LD_LIBRARY_PATH once, so unpacked drivers need a process that starts with it.
  const child = spawn(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  });
  // Ctrl-C reaches the child by itself; this one waits for it to write its checkpoint.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => (process.exitCode = code ?? 1));
}
