/** Compiles the command line into dist-cli/. */
export function buildCommandLine(): Promise<void>;
