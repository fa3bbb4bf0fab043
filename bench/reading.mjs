/** `npm run bench:reading`: see bench/reading.ts. */
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../scripts/install.mjs';

ensureInstalled();
const { importTypeScript } = await import('../scripts/typescript.mjs');
const { benchReading } = await importTypeScript(fileURLToPath(new URL('reading.ts', import.meta.url)));
await benchReading();
