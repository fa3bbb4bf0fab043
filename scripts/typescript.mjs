/** Runs this repository's TypeScript in Node with nothing built: Vite transforms it, `?raw` imports included. */
import { runnerImport } from 'vite';

/** The exports of a TypeScript file, given by its absolute path. */
export async function importTypeScript(path) {
  const { module } = await runnerImport(path, { configFile: false, logLevel: 'error' });
  return module;
}
