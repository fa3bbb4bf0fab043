import * as v from 'valibot';
import type { AgentMetrics, Evaluation, SetMetrics, StepMetrics } from '../../waltz/learn/metrics';
import { roleNames } from '../../waltz/game/roles';
import { outcomes } from '../../waltz/game/rollout';
import { withEarlierNames } from './metric-names';

export const number = v.pipe(v.number(), v.finite());
export const count = v.pipe(number, v.integer(), v.minValue(0));
export const rate = v.pipe(number, v.minValue(0), v.maxValue(1));
const interval = v.tuple([rate, rate]);
/** A set's name. */
export const label = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));

/** An object that has each of these keys. */
export function recordOf<K extends string, S extends v.GenericSchema>(keys: readonly K[], schema: S) {
  return v.object(Object.fromEntries(keys.map((key) => [key, schema])) as Record<K, S>);
}

const agentMetrics = v.nullable(
  withEarlierNames<AgentMetrics>(
    v.object({
      loss: number,
      reward: number,
      kl: number,
      entropy: number,
      grad_norm: number,
      clip_ratio: rate,
      mean_length: number,
    }),
  ),
);

/** Checks the metrics of a step that come from a file or a store. */
export const metricsSchema = withEarlierNames<StepMetrics>(
  v.object({
    step: count,
    stage: v.picklist([1, 2]),
    reward_first: number,
    reward_final: number,
    reward_feedback: v.nullable(number),
    label_accuracy: v.nullable(rate),
    json_errors: v.nullable(rate),
    trigger_rate: rate,
    improved: rate,
    worsened: rate,
    outcomes: recordOf(outcomes, count),
    // A role that is younger than the run did not learn in it.
    agents: recordOf(roleNames, v.optional(agentMetrics, null)),
    tokens_generated: count,
    tokens_trained: count,
    time: v.object({ total: number, rollout: number, update: number }),
  }),
);

const setMetrics = v.object({
  n: count,
  asr: v.exactOptional(rate),
  orr: v.exactOptional(rate),
  right: v.exactOptional(rate),
  ftr: rate,
  label_accuracy: v.nullable(rate),
  malformed: rate,
  evasive: rate,
  alone: v.exactOptional(rate),
  improved: v.exactOptional(rate),
  worsened: v.exactOptional(rate),
}) satisfies v.GenericSchema<SetMetrics>;

/** Checks an evaluation that comes from a file or a store. */
export const evaluationSchema = withEarlierNames<Evaluation>(
  v.object({
    step: count,
    split: v.picklist(['eval', 'audit']),
    temperature: v.pipe(number, v.minValue(0)),
    sets: v.pipe(
      v.record(label, setMetrics),
      v.check((sets) => Object.keys(sets).length > 0, 'there is no set'),
    ),
    asr: rate,
    orr: rate,
    f1: rate,
    asr_interval: interval,
    orr_interval: interval,
  }),
);
