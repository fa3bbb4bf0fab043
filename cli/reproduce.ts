import { presetNames, presets } from '../src/lab/config';
import { house } from '../src/lab/house';
import { perform, type Progress } from '../src/lab/reproduction/perform';
import { subjectName, type Subject } from '../src/lab/reproduction/result';
import { subjectsOf } from '../src/lab/reproduction/subjects';
import { resultsOf, summarizeRow } from '../src/lab/reproduction/summary';
import { tableNames, tables, type Row, type TableName } from '../src/lab/reproduction/tables';
import { gpuOptions, UsageError, type Arguments, type CommandDescription } from './arguments';
import { Interruption } from './interruption';
import { Clock, duration, emit, percent, say } from './output';
import { readStanding } from './result-files';
import { ownPart, shareOut, workerOptions } from './workers';
import { FolderWorkshop } from './workshop';

export const reproduceCommand = {
  name: 'reproduce',
  summary:
    'Trains and measures all that a table needs, on the audit draw. One JSON object a row; Ctrl-C saves, and the same command goes on.',
  operands: ['TABLE'],
  options: {
    seeds: { value: 'N', description: 'seeds 1 to N (default 3)' },
    preset: { value: 'NAME', description: `${presetNames.join(', ')} (default standard)` },
    prompts: { value: 'N', description: 'prompts a set (default 512)' },
    out: { value: 'DIR', description: 'folder of results, which are not made again (default results/tables)' },
    ...workerOptions,
    json: { description: 'JSON on stdout, which is what it writes anyway' },
    ...gpuOptions,
  },
} as const satisfies CommandDescription;

export async function reproduce(args: Arguments): Promise<void> {
  const names = args.operands[0].split(',').map((word): TableName => {
    const found = tableNames.find((name) => name === word);
    if (!found) throw new UsageError(`There is no table "${word}". The tables are ${tableNames.join(', ')}.`);
    return found;
  });
  const preset = presets[args.choice('preset', presetNames) ?? 'standard'];
  const seeds = Array.from({ length: args.count('seeds', 1) ?? 3 }, (_, i) => i + 1);
  const prompts = args.count('prompts', 1) ?? 512;
  const out = args.text('out') ?? 'results/tables';
  const subjects = subjectsOf(names, preset, seeds);
  const workers = args.count('workers', 1) ?? 1;
  const interruption = new Interruption();
  try {
    if (workers > 1) await shareOut([...commandOf(args), '--out', out], workers, args);
    else await work(subjects.filter(ownPart(args)), prompts, out, args, () => interruption.asked);
  } finally {
    interruption.end();
  }
  if (args.text('part') !== undefined) return;
  const { sets } = house(preset.level).world;
  const results = await readStanding(out, subjects);
  for (const table of names) {
    for (const row of tables[table].rows as readonly Row[]) {
      const summary = summarizeRow(row, sets, resultsOf(row, preset, seeds, prompts, results));
      if (summary) emit({ table, preset: preset.preset, prompts, ...summary });
    }
  }
}

/** The same order for a process that shares it. */
function commandOf(args: Arguments): string[] {
  const given = (['preset', 'seeds', 'prompts'] as const).flatMap((name) => {
    const value = args.text(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  return ['reproduce', ...args.operands, ...given];
}

async function work(
  subjects: readonly Subject[],
  prompts: number,
  out: string,
  args: Arguments,
  stopping: () => boolean,
): Promise<void> {
  const workshop = new FolderWorkshop(out, args);
  for (const [i, subject] of subjects.entries()) {
    say(`${i + 1} of ${subjects.length}: ${subjectName(subject)}`);
    const progress = new Teller();
    const result = await perform(subject, workshop, { prompts, stopping, progress: (one) => progress.tell(one) });
    if (!result) {
      say('Stopped and saved; the same command goes on.');
      return;
    }
    for (const [serving, measurement] of Object.entries(result.measured)) {
      const { asr, orr, f1 } = measurement.evaluation;
      say(`  ${serving}: ASR ${percent(asr)}  ORR ${percent(orr)}  F1 ${percent(f1)}`);
    }
  }
}

/** Says how far it is, often enough and no more. */
class Teller {
  #clock: Clock | null = null;

  tell(progress: Progress): void {
    if (progress.kind === 'measuring') {
      if (progress.done === progress.total) say(`  measured ${progress.serving}: ${progress.total} prompts`);
      return;
    }
    const { step, total } = progress;
    this.#clock ??= new Clock(total, step);
    if (step % 25 === 0) say(`  step ${step} of ${total}, ${duration(this.#clock.remaining(step))} left`);
  }
}
