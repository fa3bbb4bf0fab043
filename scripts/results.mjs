/** `npm run results`: see results.ts. */
import { fileURLToPath } from 'node:url';
import { importTypeScript } from './typescript.mjs';

const { results } = await importTypeScript(fileURLToPath(new URL('results.ts', import.meta.url)));
await results();
