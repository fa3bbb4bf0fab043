import * as v from 'valibot';
import type { AgentMetrics, Evaluation, SetMetrics, StepMetrics } from '../../waltz/learn/metrics';
import { outcomes } from '../../waltz/game/rollout';

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
  v.object({
    loss: number,
    reward: number,
    kl: number,
    entropy: number,
    gradientNorm: number,
    clipRatio: rate,
    meanLength: number,
  }),
) satisfies v.GenericSchema<AgentMetrics | null>;

/** Checks the metrics of a step that come from a file or a store. */
export const metricsSchema = v.object({
  step: count,
  stage: v.picklist([1, 2]),
  rewardFirst: rate,
  rewardFinal: rate,
  rewardFeedback: v.nullable(number),
  labelAccuracy: v.nullable(rate),
  jsonErrors: v.nullable(rate),
  triggerRate: rate,
  improved: rate,
  worsened: rate,
  outcomes: recordOf(outcomes, count),
  agents: v.object({ conversation: agentMetrics, feedback: agentMetrics }),
  tokensGenerated: count,
  tokensTrained: count,
  time: v.object({ total: number, rollout: number, update: number }),
}) satisfies v.GenericSchema<StepMetrics>;

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
export const evaluationSchema = v.object({
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
  asrInterval: interval,
  orrInterval: interval,
}) satisfies v.GenericSchema<Evaluation>;
