import { presetNames, presets } from '../src/lab/config';
import { house } from '../src/lab/house';
import { perform, type Progress } from '../src/lab/reproduction/perform';
import { subjectName } from '../src/lab/reproduction/result';
import { subjectsOf } from '../src/lab/reproduction/subjects';
import { resultsOf, summarizeRow } from '../src/lab/reproduction/summary';
import { tableNames, tables, type Row, type TableName } from '../src/lab/reproduction/tables';
import { gpuOptions, UsageError, type Arguments, type CommandDescription } from './arguments';
import { Interruption } from './interruption';
import { Clock, duration, emit, percent, say } from './output';
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
  const workshop = new FolderWorkshop(out, args);
  const subjects = subjectsOf(names, preset, seeds);
  const interruption = new Interruption();
  try {
    for (const [i, subject] of subjects.entries()) {
      say(`${i + 1} of ${subjects.length}: ${subjectName(subject)}`);
      const progress = new Teller();
      const result = await perform(subject, workshop, {
        prompts,
        stopping: () => interruption.asked,
        progress: (one) => progress.tell(one),
      });
      if (!result) {
        say('Stopped and saved; the same command goes on.');
        break;
      }
      for (const [serving, measurement] of Object.entries(result.measured)) {
        const { asr, orr, f1 } = measurement.evaluation;
        say(`  ${serving}: ASR ${percent(asr)}  ORR ${percent(orr)}  F1 ${percent(f1)}`);
      }
    }
  } finally {
    interruption.end();
  }
  const { sets } = house(preset.level).world;
  const results = await workshop.standing(subjects);
  for (const table of names) {
    for (const row of tables[table].rows as readonly Row[]) {
      const summary = summarizeRow(row, sets, resultsOf(row, preset, seeds, prompts, results));
      if (summary) emit({ table, preset: preset.preset, prompts, ...summary });
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
