/** Compiles the command line before its tests: they start it more than a hundred times, and TypeScript takes two seconds each time. */
export { buildCommandLine as setup } from '../../scripts/build-cli.mjs';
