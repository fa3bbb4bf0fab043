/** A process of the bench's own in Node: see work.ts. */
import { fileURLToPath } from 'node:url';
import { importTypeScript } from '../../scripts/typescript.mjs';

const { answer } = await importTypeScript(fileURLToPath(new URL('work.ts', import.meta.url)));
answer(process);
