/** Prints the name of the adapter that Node gets here (gpu, lavapipe, swiftshader); fails where there is none. */
import { fileURLToPath } from 'node:url';
import { importTypeScript } from './typescript.mjs';

const { openGpu } = await importTypeScript(fileURLToPath(new URL('../cli/adapter.ts', import.meta.url)));
try {
  const opened = await openGpu();
  console.log(opened.name);
  opened.close();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
