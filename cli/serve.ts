import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { emit, say } from './output';
import { servePage } from './page-server';

export const serveCommand = {
  name: 'serve',
  summary: 'Serves the page, as npm start does, until it is stopped: {"address"}.',
  operands: [],
  options: {
    port: { value: 'N', description: 'this one (default 4173, or the next that is free)' },
    host: { value: 'NAME', description: 'address to listen at (default 127.0.0.1: this machine alone)' },
    'allow-host': {
      value: 'ORIGIN',
      multiple: true,
      description: 'lets the page download models from there too, as https://example.org; may be given for each',
    },
  },
} as const satisfies CommandDescription;

export async function serve(args: Arguments): Promise<void> {
  const port = args.count('port', 0, 65535) ?? null;
  const host = args.text('host') ?? '127.0.0.1';
  const { address, close } = await servePage({ port, host, allowed: allowedOf(args) });
  emit({ address });
  say(`WaltzRL Playground is at ${address}`);
  if (!['127.0.0.1', 'localhost', '::1'].includes(host)) {
    say('Over plain http, browsers give WebGPU to this machine alone: others need https in front (docs/hosting.md).');
  }
  await new Promise<void>((stopped) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped());
  });
  close();
}

/** Origins as a policy writes them: nothing else gets into the header. */
const ORIGIN = /^https?:\/\/(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:(\d{1,5}|\*))?$/;

function allowedOf(args: Arguments): string[] {
  const origins = args.texts('allow-host');
  const wrong = origins.find((origin) => !ORIGIN.test(origin));
  if (wrong !== undefined)
    throw new UsageError(`--allow-host must be an origin, for example https://example.org:8443, not "${wrong}".`);
  return origins;
}
