/** `npm pack` runs this: builds what the package consists of, the page in dist/ and the command line in dist-cli/. */
import { fileURLToPath } from 'node:url';
import { buildCommandLine } from './build-cli.mjs';
import { ensureInstalled } from './install.mjs';

ensureInstalled();
const { build } = await import('vite');

await build({ root: fileURLToPath(new URL('..', import.meta.url)), logLevel: 'warn' });
await buildCommandLine();
