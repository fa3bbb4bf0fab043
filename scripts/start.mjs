/** `npm start`: installs what is missing, builds, serves, prints the address. PORT chooses the port. */
import { ensureInstalled } from './install.mjs';

ensureInstalled();
const { build, preview } = await import('vite');
const root = new URL('..', import.meta.url).pathname;

const wanted = process.env.PORT === undefined || process.env.PORT === '' ? null : Number(process.env.PORT);
if (wanted !== null && !(Number.isInteger(wanted) && wanted >= 0 && wanted < 65536)) {
  console.error(`PORT must be a number from 0 to 65535, not "${process.env.PORT}".`);
  process.exit(1);
}

await build({ root, logLevel: 'warn' });
try {
  // Without PORT the next free one after 4173 is taken.
  const server = await preview({ root, preview: { port: wanted ?? 4173, strictPort: wanted !== null } });
  const address = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0];
  console.log(`WaltzRL Playground is at ${address}`);
} catch (error) {
  console.error(`Could not serve: ${error.message}. Choose another port: PORT=8080 npm start`);
  process.exit(1);
}
