import { presetNames, presets } from '../src/lab/config';
import { environmentOf } from '../src/lab/models/environment';
import type { Progress } from '../src/lab/reproduction/run-experiment';
import { subjectsOf } from '../src/lab/reproduction/subjects';
import { resultsOf, summarizeRow } from '../src/lab/reproduction/summary';
import { tableNames, tables, type Row, type TableName } from '../src/lab/reproduction/tables';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { computeOptions } from './compute-options';
import { Clock, duration, emit, say } from './output';
import { runExperiments } from './run-experiments';
import { readStanding } from './result-files';
import { workerOptions } from './workers';

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
    ...computeOptions,
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
  const command = [...commandOf(args), '--out', out];
  await runExperiments(subjects, { command, out, prompts, teller: tellerOf }, args);
  if (args.switched('shared')) return;
  const { sets } = environmentOf(preset.task).task;
  const results = await readStanding(out, subjects);
  for (const table of names) {
    for (const row of tables[table].rows as readonly Row[]) {
      const summary = summarizeRow(row, sets, resultsOf(row, preset, seeds, prompts, results));
      if (summary) emit({ table, preset: preset.preset, ...summary });
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

/** Says how far a subject is, often enough and no more. */
function tellerOf(): (progress: Progress) => void {
  let clock: Clock | null = null;
  return (progress) => {
    if (progress.kind === 'measuring') {
      if (progress.done === progress.total) say(`  measured ${progress.serving}: ${progress.total} prompts`);
      return;
    }
    const { step, total } = progress;
    clock ??= new Clock(total, step);
    if (step % 25 === 0) say(`  step ${step} of ${total}, ${duration(clock.remaining(step))} left`);
  };
}
