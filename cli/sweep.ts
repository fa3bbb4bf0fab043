import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { firstIssue } from '../src/checkpoint/issue';
import { parseConfig, presetNames, presets, setPath, type RunConfig } from '../src/lab/config';
import { resultLines } from '../src/lab/reproduction/result-lines';
import { measuredOn, subjectId, type Result, type Subject } from '../src/lab/reproduction/result';
import { ownServing, servings } from '../src/lab/run/serving';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { computeOptions } from './compute-options';
import { writeAtomically } from './files';
import { emit, say } from './output';
import { runExperiments } from './run-experiments';
import { readStanding } from './result-files';
import { workerOptions } from './workers';

export const sweepCommand = {
  name: 'sweep',
  summary:
    'Trains and measures every combination of settings in FILE. One JSON line a result, also in DIR/sweep.jsonl, which the page imports.',
  operands: ['FILE'],
  options: {
    out: { value: 'DIR', description: 'folder of results, which are not made again' },
    ...workerOptions,
    ...computeOptions,
  },
} as const satisfies CommandDescription;

const values = v.pipe(v.array(v.union([v.number(), v.string()])), v.minLength(1));
/** `{ "preset": "quick", "seeds": [1, 2], "prompts": 128, "set": { "reward.alpha": [0.3, 0.65] } }` */
const sweepSchema = v.strictObject({
  preset: v.picklist(presetNames),
  seeds: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.minLength(1)), [1]),
  prompts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 512),
  serving: v.optional(v.picklist(servings)),
  set: v.pipe(
    v.record(v.string(), values),
    v.check((set) => !Object.hasOwn(set, 'seed'), 'seed is not set here: give "seeds"'),
  ),
});
type Sweep = v.InferOutput<typeof sweepSchema>;

export async function sweep(args: Arguments): Promise<void> {
  const [file] = args.operands;
  const wanted = readSweep(file);
  const out = args.required('out');
  const subjects = subjectsOf(wanted);
  const command = ['sweep', file, '--out', out];
  const plan = { command, out, prompts: wanted.prompts, done: (result: Result) => emit(lineOf(result)) };
  try {
    await runExperiments(subjects, plan, args);
  } finally {
    if (!args.switched('shared')) await writeLines(out, subjects, wanted);
  }
}

/** What there is by now of what was asked for. */
async function writeLines(out: string, subjects: readonly Subject[], { prompts }: Sweep): Promise<void> {
  const standing = await readStanding(out, subjects);
  const kept = subjects.flatMap((subject) => {
    const result = standing.get(subjectId(subject));
    return result && subject.servings.every((serving) => measuredOn(result, serving, prompts)) ? [result] : [];
  });
  writeAtomically(join(out, 'sweep.jsonl'), resultLines(kept));
  say(`${kept.length} of ${subjects.length} results in ${join(out, 'sweep.jsonl')}`);
}

/** @throws {UsageError} saying what is wrong with the file. */
function readSweep(path: string): Sweep {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path} cannot be read as JSON: ${(error as Error).message}`);
  }
  const found = v.safeParse(sweepSchema, content);
  if (found.success) return found.output;
  throw new UsageError(`${path}: ${firstIssue(found.issues)}`);
}

/** Every combination of values with every seed, each once. @throws {ConfigError} naming a setting that cannot be. */
function subjectsOf({ preset, seeds, set, serving }: Sweep): Subject[] {
  const combinations = Object.entries(set).reduce<RunConfig[]>(
    (configs, [path, choices]) =>
      configs.flatMap((config) => choices.map((value) => setPath(config, path, String(value)))),
    [presets[preset]],
  );
  const subjects = combinations.flatMap((config) =>
    seeds.map((seed): Subject => {
      const one = parseConfig({ ...config, seed });
      return { config: one, trained: true, servings: [serving ?? ownServing(one)] };
    }),
  );
  return [...new Map(subjects.map((subject) => [subjectId(subject), subject])).values()];
}

/** What a table of a sweep needs of a result. */
function lineOf({ config, effort, measured, date }: Result): object {
  const rates = Object.entries(measured).map(([serving, { evaluation }]) => {
    const { asr, orr, f1, sets } = evaluation;
    return [serving, { asr, orr, f1, sets }];
  });
  return { config, measured: Object.fromEntries(rates) as object, effort, date };
}
