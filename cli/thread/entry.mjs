/** Entry of the thread that reads a model: runs cli/thread/thread.ts with nothing built. */
import { fileURLToPath } from 'node:url';
import { importTypeScript } from '../../scripts/typescript.mjs';

await importTypeScript(fileURLToPath(new URL('thread.ts', import.meta.url)));
