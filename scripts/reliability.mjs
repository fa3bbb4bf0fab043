/** `npm run reliability -- PART [options]`: see reliability/reliability.ts. */
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

ensureInstalled();
const { importTypeScript } = await import('./typescript.mjs');
const { reliability } = await importTypeScript(fileURLToPath(new URL('reliability/reliability.ts', import.meta.url)));
// Whatever a part has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
process.exit(await reliability(process.argv.slice(2)));
