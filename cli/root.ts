import { fileURLToPath } from 'node:url';

/** The folder with package.json: above cli/ in a checkout, above dist-cli/ in an installed package. */
export const root = fileURLToPath(new URL('..', import.meta.url));
