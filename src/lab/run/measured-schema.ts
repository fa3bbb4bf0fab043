import * as v from 'valibot';
import { worldSchema } from '../../checkpoint/manifest';
import { sets } from '../../tasks/masquerade/sets';
import { setNames } from '../../task/task';
import type { Measured, RunMeasurement } from './measured';
import { evaluationSchema, rate, recordOf } from './metrics-schema';

/** Each set with the rate that it measures. */
export const wholeEvaluation = v.pipe(
  evaluationSchema,
  v.check(({ sets: each }) => sets.every(({ name, metric }) => each[name][metric] !== undefined), 'a set has no rate'),
);

/** Every pair of the two flags' thresholds, and room: which points are dominated is asked of each pair. */
const MOST_POINTS = 1000;

export const measuredFields = {
  evaluation: wholeEvaluation,
  counted: recordOf(setNames, v.pipe(v.string(), v.regex(/^[01]*$/))),
  curve: v.pipe(v.array(v.object({ asr: rate, orr: rate })), v.maxLength(MOST_POINTS)),
};

/** Whether it counts as many prompts of each set as it has rates of. */
export const isCounted = ({ evaluation, counted }: Pick<Measured, 'evaluation' | 'counted'>): boolean =>
  setNames.every((name) => counted[name].length === evaluation.sets[name].n);

/** Checks a measurement of a run that comes from a file or a store. */
export const runMeasurementSchema = v.pipe(
  v.object({ ...measuredFields, world: worldSchema }),
  v.check((measured) => isCounted(measured), 'its rates are not of the prompts that it counts'),
) satisfies v.GenericSchema<unknown, RunMeasurement>;
