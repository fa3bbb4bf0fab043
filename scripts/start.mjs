/** `npm start`: installs what is missing, builds, serves, prints the address. PORT chooses the port. */
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

ensureInstalled();
const { build } = await import('vite');
const { importTypeScript } = await import('./typescript.mjs');
const root = fileURLToPath(new URL('..', import.meta.url));

const port = process.env.PORT ? Number(process.env.PORT) : null;
if (port !== null && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
  console.error(`PORT must be a number from 0 to 65535, not "${process.env.PORT}".`);
  process.exit(1);
}

await build({ root, logLevel: 'warn' });
const { servePage } = await importTypeScript(`${root}cli/page-server.ts`);
try {
  const { address } = await servePage({ port, host: '127.0.0.1' });
  console.log(`WaltzRL Playground is at ${address}`);
} catch (error) {
  console.error(`${error.message} For example: PORT=8080 npm start`);
  process.exit(1);
}
