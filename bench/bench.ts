/**
 * `npm run bench`: this engine and its peers, in turns, in pages of one Chromium and in processes of Node. The result goes to
 * stdout, as tables or with `--json` as one document; progress goes to stderr.
 */
import { cpus, loadavg, release, type as system } from 'node:os';
import { Arguments, UsageError, usage, type CommandDescription } from '../cli/arguments';
import { writeAtomically } from '../cli/files';
import { duration, emit, say } from '../cli/output';
import { adapterChoices, openBrowser, type AdapterChoice } from './browser';
import type { BenchDocument } from './document';
import { measureInPage } from './in-page';
import { keep } from './kept';
import { measureNode } from './node/measure';
import { faults } from './faults';
import { markdown } from './report';
import { parts, plan, sizeNames, type Wanted } from './wanted';

const command = {
  name: 'bench',
  summary: 'npm run bench -- [options]: measures this engine beside its peers and prints tables.',
  operands: [],
  options: {
    json: { description: 'prints one JSON document instead' },
    out: { value: 'FILE', description: 'writes that document to a file, too' },
    keep: { description: 'keeps it in results/bench/ and shows it in docs/performance.md' },
    full: { description: 'larger models and longer sequences, too' },
    only: { value: 'PARTS', description: `some of ${parts.join(',')}` },
    sizes: { value: 'SIZES', description: `some of ${sizeNames.join(',')}` },
    runs: { value: 'N', description: 'measured runs of each contender (default by workload)' },
    adapter: { value: 'NAME', description: `${adapterChoices.join(', ')} (default auto: hardware if there is any)` },
    python: { description: 'PyTorch beside us in Node; installs it into .cache/python the first time' },
    help: { description: 'shows this' },
  },
} as const satisfies CommandDescription;

export async function bench(argv: readonly string[]): Promise<number> {
  try {
    const args = new Arguments(command, argv);
    if (args.switched('help')) {
      say(usage(command));
      return 0;
    }
    const wanted = plan(args);
    const adapter = args.choice('adapter', adapterChoices) ?? 'auto';
    const document = await measure(wanted, adapter, ['npm run bench --', ...argv].join(' '));
    const file = args.text('out');
    if (file !== undefined) writeAtomically(file, `${JSON.stringify(document, null, 2)}\n`);
    if (args.switched('keep')) keep(document);
    if (args.switched('json')) emit(document);
    else process.stdout.write(markdown(document));
    for (const fault of document.faults) say(fault);
    return document.faults.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`${error.name}: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Seconds since the process began: the browser's start counts in. */
const elapsed = () => performance.now() / 1000;
const tell = (text: string) => say(`${duration(elapsed())}  ${text}`);

async function measure(wanted: Wanted, adapter: AdapterChoice, line: string): Promise<BenchDocument> {
  const document: BenchDocument = {
    date: new Date().toISOString(),
    command: line,
    machine: {
      cpu: cpus()[0].model,
      cores: cpus().length,
      load: [loadavg()[0], 0],
      system: `${system()} ${release()}`,
      browser: null,
      adapter: null,
    },
    training: [],
    generation: [],
    rl: [],
    scaling: [],
    matmul: [],
    faults: [],
  };
  if (wanted.page) await measurePage(document, wanted, adapter);
  // Behind the browser, which uses all processors: nothing of it is left.
  if (wanted.node) document.node = await measureNode(wanted, document, tell);
  document.machine.load[1] = loadavg()[0];
  document.seconds = elapsed();
  document.faults = faults(document);
  return document;
}

async function measurePage(document: BenchDocument, wanted: Wanted, choice: AdapterChoice): Promise<void> {
  const browser = await openBrowser(choice, tell);
  try {
    const { adapter, version } = browser;
    say(
      `Chromium ${version}, ${[adapter.vendor, adapter.architecture, adapter.description].filter(Boolean).join(', ')}`,
    );
    document.machine = { ...document.machine, browser: `Chromium ${version}`, adapter };
    Object.assign(document, await measureInPage(browser, wanted, tell));
  } finally {
    await browser.close();
  }
}
