/** `npm run reliability -- PART [options]`: see reliability/reliability.ts. */
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

ensureInstalled();
const { importTypeScript } = await import('./typescript.mjs');
const { reliability } = await importTypeScript(fileURLToPath(new URL('reliability/reliability.ts', import.meta.url)));
process.exit(await reliability(process.argv.slice(2)));
