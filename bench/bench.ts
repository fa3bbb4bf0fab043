/**
 * `npm run bench`: this engine and its peers, in turns, in one page of one Chromium. The result goes to stdout, as tables
 * or with `--json` as one document; progress goes to stderr.
 */
import { cpus, loadavg, release, type as system } from 'node:os';
import { Arguments, UsageError, usage, type CommandDescription } from '../cli/arguments';
import { writeAtomically } from '../cli/files';
import { duration, emit, say } from '../cli/output';
import type { SizeName } from '../src/model/sizes';
import { adapterChoices, openBrowser, type BenchBrowser } from './browser';
import type { BenchDocument, MatmulResult } from './document';
import { keep } from './kept';
import { faults, markdown } from './report';
import { generationWorkloads, MATMUL_RUNS, RL_RUNS, SCALING_RUNS, trainingWorkloads } from './workloads';

const parts = ['training', 'generation', 'rl', 'matmul', 'scaling'] as const;
type Part = (typeof parts)[number];
const sizeNames = [...new Set([...trainingWorkloads, ...generationWorkloads].map(({ size }) => size))];

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
    const browser = await openBrowser(args.choice('adapter', adapterChoices) ?? 'auto', (text) =>
      say(`${duration(elapsed())}  ${text}`),
    );
    try {
      const document = await measure(browser, wanted, ['npm run bench --', ...argv].join(' '));
      const file = args.text('out');
      if (file !== undefined) writeAtomically(file, `${JSON.stringify(document, null, 2)}\n`);
      if (args.switched('keep')) keep(document);
      if (args.switched('json')) emit(document);
      else process.stdout.write(markdown(document));
      for (const fault of document.faults) say(fault);
      return document.faults.length > 0 ? 1 : 0;
    } finally {
      await browser.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`${error.name}: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Seconds since the process began: the browser's start counts in. */
const elapsed = () => performance.now() / 1000;

interface Wanted {
  has(part: Part): boolean;
  runs: number | undefined;
  /** Workloads of the chosen sizes, with the asked number of runs. */
  of<T extends { size: SizeName; runs: number; full?: true }>(workloads: readonly T[]): T[];
}

function plan(args: Arguments): Wanted {
  const only = list(args, 'only', parts);
  const chosen = list(args, 'sizes', sizeNames);
  const runs = args.count('runs', 1);
  const full = args.switched('full');
  return {
    has: (part) => only.includes(part),
    runs,
    of: (workloads) =>
      workloads
        .filter(({ size, full: long }) => chosen.includes(size) && (full || !long))
        .map((workload) => ({ ...workload, runs: runs ?? workload.runs })),
  };
}

/** Some of `choices`, all if nothing was said. */
function list<T extends string>(args: Arguments, name: string, choices: readonly T[]): readonly T[] {
  const text = args.text(name);
  if (text === undefined) return choices;
  return text.split(',').map((word) => {
    const found = choices.find((choice) => choice === word);
    if (found === undefined) throw new UsageError(`--${name} takes some of ${choices.join(',')}, not "${word}".`);
    return found;
  });
}

async function measure(browser: BenchBrowser, wanted: Wanted, line: string): Promise<BenchDocument> {
  const { adapter, version } = browser;
  say(`Chromium ${version}, ${[adapter.vendor, adapter.architecture, adapter.description].filter(Boolean).join(', ')}`);
  const document: BenchDocument = {
    date: new Date().toISOString(),
    command: line,
    machine: {
      cpu: cpus()[0].model,
      cores: cpus().length,
      load: [loadavg()[0], 0],
      system: `${system()} ${release()}`,
      browser: `Chromium ${version}`,
      adapter,
    },
    training: [],
    generation: [],
    rl: [],
    scaling: [],
    matmul: [],
    faults: [],
  };
  for (const workload of wanted.of(trainingWorkloads)) {
    // Sequences of another length have the same products if they are as many tokens.
    const same = ({ size, tokens }: MatmulResult) =>
      size === workload.size && tokens === workload.sequences * workload.length;
    if (wanted.has('matmul') && !document.matmul.some(same)) {
      const before = document.matmul.flatMap(({ shapes }) => shapes);
      const given = { workload, runs: wanted.runs ?? MATMUL_RUNS, before };
      document.matmul.push(await browser.visit((page) => page.evaluate((it) => window.bench.matmul(it), given)));
    }
    if (wanted.has('training')) {
      const given = { workload, products: document.matmul.find(same) ?? null };
      document.training.push(await browser.visit((page) => page.evaluate((it) => window.bench.training(it), given)));
    }
  }
  if (wanted.has('generation')) {
    for (const workload of wanted.of(generationWorkloads)) {
      document.generation.push(
        await browser.visit((page) => page.evaluate((given) => window.bench.generation(given), workload)),
      );
    }
  }
  if (wanted.has('rl'))
    document.rl.push(
      await browser.visit((page) => page.evaluate((runs) => window.bench.rl(runs), wanted.runs ?? RL_RUNS)),
    );
  if (wanted.has('scaling')) {
    const runs = wanted.runs ?? SCALING_RUNS;
    document.scaling.push(await browser.visit((page) => page.evaluate((given) => window.bench.scaling(given), runs)));
  }
  document.machine.load[1] = loadavg()[0];
  document.seconds = elapsed();
  document.faults = faults(document);
  return document;
}
