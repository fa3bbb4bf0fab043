import * as v from 'valibot';
import { taskOf } from '../../tasks';
import { provenanceSchema } from '../../checkpoint/manifest';
import type { Provenance } from '../../model/provenance';
import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import { configHash } from '../config/edits';
import { schema as configSchema } from '../config/schema';
import { archiveName } from '../models/shipped';
import { promptsOf, type Measured } from '../run/measured';
import { isOfSets, isCounted, measuredFields, wholeEvaluation } from '../run/measured-schema';
import { withEarlierNames } from '../run/metric-names';
import { number, recordOf } from '../run/metrics-schema';
import type { RunConfig } from '../config/run-config';
import { experimentName } from '../config/run-name';
import type { Chains } from './chains';
import { servings, type Serving } from '../run/serving';

/** What one way of serving a run's agents comes to, on the audit draw. */
export interface Measurement extends Measured {
  /** The same with greedy decoding. */
  greedy: Evaluation;
  chains: Chains;
}

/** What training took. */
export interface Effort {
  steps: number;
  milliseconds: number;
  tokens_generated: number;
  tokens_trained: number;
}

/** Figures of each step that pictures need, one array each. */
export const historyFigures = [
  'reward_first',
  'reward_final',
  'label_accuracy',
  'json_errors',
  'trigger_rate',
  'improved',
  'worsened',
] as const satisfies readonly (keyof StepMetrics)[];
export type History = Record<(typeof historyFigures)[number], (number | null)[]>;

/** One run, or the base agents, trained and measured: what tables are made of. */
export interface Result {
  format: 1;
  /** SHA-256 of the archives of the agents that it began with: with others it is another experiment. */
  base: string;
  config: RunConfig;
  /** Null where nothing was trained: `config` then only says how to measure. */
  effort: Effort | null;
  history: History | null;
  /** Evaluations along the way, on the evaluation draw. */
  path: Evaluation[];
  measured: Partial<Record<Serving, Measurement>>;
  provenance: Provenance;
  /** Version control's name of the code, where there is one. */
  commit: string | null;
  /** When it was measured last, ISO 8601. */
  date: string;
}

const count = v.pipe(number, v.minValue(0));
const label = v.pipe(v.string(), v.maxLength(1000));

const measurement = v.pipe(
  v.object({
    ...{ ...measuredFields, greedy: wholeEvaluation },
    chains: v.record(label, v.object({ n: count, exact: count })),
  }),
  v.check(isWhole, 'its rates are not of the prompts that it counts, or not all of its sets have feedback'),
) satisfies v.GenericSchema<unknown, Measurement>;

/** Rows are paired prompt by prompt, and have feedback on every set or on none. */
function isWhole(measurement: Measurement): boolean {
  const { evaluation, greedy } = measurement;
  const [{ label_accuracy }] = Object.values(evaluation.sets);
  const advisedAlike = Object.entries(evaluation.sets).every(([name, { n, improved, worsened, ...set }]) => {
    const repairs = improved !== undefined && worsened !== undefined;
    const advised = label_accuracy === null ? set.label_accuracy === null : set.label_accuracy !== null && repairs;
    return n > 0 && greedy.sets[name]?.n === n && advised;
  });
  return advisedAlike && isCounted(measurement);
}

const effort = v.object({ steps: count, milliseconds: count, tokens_generated: count, tokens_trained: count });

const result = v.object({
  format: v.literal(1),
  base: label,
  config: configSchema,
  effort: v.nullable(withEarlierNames<Effort>(effort)),
  history: v.nullable(withEarlierNames<History>(recordOf(historyFigures, v.array(v.nullable(number))))),
  path: v.array(wholeEvaluation),
  measured: v.pipe(
    v.partial(recordOf(servings, measurement)),
    v.transform((found) => found as Result['measured']),
  ),
  provenance: provenanceSchema,
  commit: v.nullable(label),
  date: label,
});

/** Checks a result that comes from a file. */
export const resultSchema = v.pipe(
  result,
  v.check(
    ({ effort, history }) => historyFigures.every((figure) => history?.[figure].length === effort?.steps),
    'its history is not of its steps',
  ),
  v.check(({ config, path, measured }) => {
    const { sets } = taskOf(config.task);
    const evaluations = Object.values(measured).flatMap(({ evaluation, greedy }) => [evaluation, greedy]);
    return [...path, ...evaluations].every((one) => isOfSets(one, sets));
  }, 'an evaluation has not the sets of its task'),
) satisfies v.GenericSchema<unknown, Result>;

/** Something that a table needs measured: a run that is trained first, or the base agents. */
export interface Subject {
  config: RunConfig;
  trained: boolean;
  servings: readonly Serving[];
}

/** Names a subject's result, in a folder's files and in the page's store. */
export function subjectId({ config, trained }: Pick<Subject, 'config' | 'trained'>): string {
  return trained ? `${configHash(config)}-${config.seed}` : `base-${archiveName(config)}`;
}

/** What people call it. */
export function subjectName(subject: Pick<Subject, 'config' | 'trained'>): string {
  const { name } = experimentOf(subject);
  return subject.trained ? `${name} · seed ${subject.config.seed}` : name;
}

/** What it is whatever its seed, and what people call that. */
export function experimentOf({ config, trained }: Pick<Subject, 'config' | 'trained'>): {
  experiment: string;
  name: string;
} {
  return trained
    ? { experiment: configHash(config), name: experimentName(config) }
    : { experiment: `base-${archiveName(config)}`, name: `base agents, ${archiveName(config)}` };
}

/** What a result is of. */
export function subjectFrom({ config, effort }: Result): Pick<Subject, 'config' | 'trained'> {
  return { config, trained: effort !== null };
}

/** Whether a kept result is of this experiment: it began with these agents, by this version of the program. */
export function stands(result: Result, base: string, build: string): boolean {
  return result.base === base && result.provenance.build === build;
}

/**
 * Which of two results of a subject is kept where one joins the other: the one that stands, else the one that comes, unless it
 * lacks what is there, a way of serving or prompts of it.
 */
export function preferred(there: Result, comes: Result, standing: (result: Result) => boolean): Result {
  if (standing(there) !== standing(comes)) return standing(there) ? there : comes;
  const prompts = (measurement: Measurement | undefined) => (measurement ? promptsOf(measurement.evaluation) : 0);
  return servings.every((one) => prompts(comes.measured[one]) >= prompts(there.measured[one])) ? comes : there;
}

/** A way of serving as it was measured on so many prompts a set, or on more; null where it was not. */
export function measuredOn({ measured }: Result, serving: Serving, prompts: number): Measurement | null {
  const measurement = measured[serving];
  return measurement && promptsOf(measurement.evaluation) >= prompts ? measurement : null;
}

/** Figures by step, rounded to four digits: a picture shows no more. */
export function historyOf(metrics: readonly StepMetrics[]): History {
  const round = (value: number | null) => (value === null ? null : Number(value.toFixed(4)));
  return Object.fromEntries(
    historyFigures.map((figure) => [figure, metrics.map((one) => round(one[figure]))]),
  ) as History;
}

export function effortOf(metrics: readonly StepMetrics[]): Effort {
  const sum = (of: (one: StepMetrics) => number) => metrics.reduce((total, one) => total + of(one), 0);
  return {
    steps: metrics.length,
    milliseconds: Math.round(sum(({ time }) => time.total)),
    tokens_generated: sum(({ tokens_generated }) => tokens_generated),
    tokens_trained: sum(({ tokens_trained }) => tokens_trained),
  };
}
