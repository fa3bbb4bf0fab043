/** `npm run bench -- [options]`: see bench.ts. */
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../scripts/install.mjs';

ensureInstalled();
const { importTypeScript } = await import('../scripts/typescript.mjs');
const { bench } = await importTypeScript(fileURLToPath(new URL('bench.ts', import.meta.url)));
process.exitCode = await bench(process.argv.slice(2));
