import * as v from 'valibot';
import { taskTagSchema, worldTagSchema } from '../../checkpoint/task-tag-schema';
import { metrics, type EvaluationSet } from '../../task/evaluation-set';
import type { Evaluation } from '../../waltz/learn/metrics';
import type { Measured, RunMeasurement } from './measured';
import { evaluationSchema, label, rate } from './metrics-schema';

/** Each set with the one rate that it measures. */
export const wholeEvaluation = v.pipe(
  evaluationSchema,
  v.check(
    ({ sets }) =>
      Object.values(sets).every((set) => metrics.filter((metric) => set[metric] !== undefined).length === 1),
    'a set has no rate',
  ),
);

/** Every pair of the two flags' thresholds, and room: which points are dominated is asked of each pair. */
const MOST_POINTS = 1000;

export const measuredFields = {
  evaluation: wholeEvaluation,
  counted: v.record(label, v.pipe(v.string(), v.regex(/^[01]*$/))),
  curve: v.pipe(v.array(v.object({ asr: rate, orr: rate })), v.maxLength(MOST_POINTS)),
};

/** Whether it counts as many prompts of each set as it has rates of. */
export const isCounted = ({ evaluation, counted }: Pick<Measured, 'evaluation' | 'counted'>): boolean =>
  Object.keys(counted).length === Object.keys(evaluation.sets).length &&
  Object.entries(evaluation.sets).every(([name, { n }]) => Object.hasOwn(counted, name) && counted[name].length === n);

/** Whether an evaluation has exactly these sets, each with its own rate. */
export function isOfSets({ sets }: Pick<Evaluation, 'sets'>, wanted: readonly EvaluationSet[]): boolean {
  return (
    Object.keys(sets).length === wanted.length &&
    wanted.every(({ name, metric }) => Object.hasOwn(sets, name) && sets[name][metric] !== undefined)
  );
}

/** Checks a measurement of a run that comes from a file or a store. */
export const runMeasurementSchema = v.pipe(
  v.union([
    v.object({ ...measuredFields, task: taskTagSchema }),
    v.pipe(
      v.object({ ...measuredFields, world: worldTagSchema }),
      v.transform(({ world, ...measured }) => ({ ...measured, task: world })),
    ),
  ]),
  v.check((measured) => isCounted(measured), 'its rates are not of the prompts that it counts'),
) satisfies v.GenericSchema<unknown, RunMeasurement>;
