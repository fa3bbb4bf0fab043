/** `npm run results`: see results/results.ts. */
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

ensureInstalled();
const { importTypeScript } = await import('./typescript.mjs');
const { results } = await importTypeScript(fileURLToPath(new URL('results/results.ts', import.meta.url)));
await results();
