import type { RecordedBatch, RecordedRun } from '../src/lab/run/recorded-run';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { writeAtomically } from './files';
import { say } from './output';
import { RunFolder } from './run-folder';

/** Enough to browse, and small enough to load at once. */
const MOST_BATCHES = 24;
const MOST_ROLLOUTS = 32;

export const recordCommand = {
  name: 'record',
  summary: "Makes the page's recorded run from a run that was trained here.",
  operands: [],
  options: {
    run: { value: 'DIR', description: 'folder of a run' },
    out: { value: 'FILE', description: 'public/recorded.json is what the page shows' },
  },
} as const satisfies CommandDescription;

export async function record(args: Arguments): Promise<void> {
  const folder = new RunFolder(args.required('run'));
  const out = args.required('out');
  const saved = await folder.read();
  const batches = evenly(folder.batches(saved.step));
  if (batches.length === 0) throw new UsageError(`${folder.path} holds no rollouts. Train it for at least one step.`);
  const { adapter, command } = folder.about();
  const recorded: RecordedRun = {
    config: saved.config,
    adapter,
    made: { date: new Date().toISOString(), command },
    metrics: saved.metrics,
    evaluations: saved.evaluations,
    batches: batches.map(({ step, rollouts }) => ({ step, rollouts: rollouts.slice(0, MOST_ROLLOUTS) })),
  };
  writeAtomically(out, `${JSON.stringify(recorded)}\n`);
  say(`Recorded ${saved.step} steps and ${batches.length} batches: ${out}`);
}

/** First and last, and the rest spread between them. */
function evenly(batches: readonly RecordedBatch[]): RecordedBatch[] {
  if (batches.length <= MOST_BATCHES) return [...batches];
  const step = (batches.length - 1) / (MOST_BATCHES - 1);
  return Array.from({ length: MOST_BATCHES }, (_, i) => batches[Math.round(i * step)]);
}
