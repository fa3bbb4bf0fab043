import * as v from 'valibot';
import { firstIssue } from '../../checkpoint/issue';
import type { AdapterSummary } from '../../model/adapter-summary';
import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import { outcomes, type Rollout } from '../../waltz/game/rollout';
import { schema, type RunConfig } from '../config';
import { count, evaluationSchema, label, metricsSchema, number } from './metrics-schema';

/**
 * A recorded run, made by the command line from a real one, so that the page has something true to show before any
 * shader is compiled. It is data from outside: checked on load, and a broken file shows nothing rather than nonsense.
 */
export interface RecordedRun {
  config: RunConfig;
  adapter: AdapterSummary;
  /** When, and by which command. */
  made: { date: string; command: string };
  metrics: readonly StepMetrics[];
  evaluations: readonly Evaluation[];
  /** Of some of the steps, in order. */
  batches: readonly RecordedBatch[];
}

/** The rollouts of one step. */
export interface RecordedBatch {
  step: number;
  rollouts: Rollout[];
}

/** The recorded run's file is missing or is not one; the page goes on without it. */
export class RecordedRunError extends Error {
  override name = 'RecordedRunError';
}

const promptFields = { text: v.string(), set: label, harmful: v.boolean() };
const prompt = v.object({ ...promptFields, truth: v.unknown() });
/** Version 0.2.0 knew one task, whose truth stood among the rest. */
const promptOf020 = v.pipe(
  v.object({ ...promptFields, depth: count, chain: v.string(), tool: v.string(), recipe: v.string() }),
  v.transform(({ text, set, harmful, ...truth }) => ({ text, set, harmful, truth })),
);

const verdictFields = {
  ...{ unsafe: v.boolean(), overrefuse: v.boolean(), malformed: v.boolean(), evasive: v.boolean() },
  reward: number,
};
const verdict = v.object({ ...verdictFields, good: v.boolean() });
/** Version 0.2.0 paid good answers 1 and others 0, and said no more. */
const verdictOf020 = v.pipe(
  v.object(verdictFields),
  v.transform((found) => ({ ...found, good: found.reward === 1 })),
);

const rollout = v.object({
  index: count,
  prompt: v.union([prompt, promptOf020]),
  answers: v.pipe(
    v.array(
      v.object({
        text: v.string(),
        verdict: v.union([verdict, verdictOf020]),
        advantage: v.nullable(number),
        spans: v.array(v.object({ start: count, end: count, kind: v.picklist(['unsafe', 'repaired']) })),
      }),
    ),
    v.minLength(1),
  ),
  feedbacks: v.array(
    v.object({
      text: v.string(),
      parsed: v.nullable(
        v.object({ reasoning: v.string(), unsafe: v.boolean(), overrefuse: v.boolean(), feedback: v.string() }),
      ),
      rewards: v.object({
        improvement: number,
        label: v.picklist([0, 1]),
        format: v.picklist([0, 1]),
        total: v.number(),
      }),
      advantage: v.nullable(number),
    }),
  ),
  outcome: v.picklist(outcomes),
}) satisfies v.GenericSchema<unknown, Rollout>;

const recordedRun = v.object({
  config: schema,
  adapter: v.object({
    description: v.string(),
    vendor: v.string(),
    architecture: v.string(),
    software: v.boolean(),
    features: v.array(v.string()),
  }),
  made: v.object({
    date: v.pipe(
      v.string(),
      v.check((text) => !Number.isNaN(Date.parse(text)), 'not a date'),
    ),
    command: v.string(),
  }),
  metrics: v.pipe(v.array(metricsSchema), v.minLength(1)),
  evaluations: v.array(evaluationSchema),
  batches: v.pipe(
    v.array(v.object({ step: count, rollouts: v.pipe(v.array(rollout), v.minLength(1)) })),
    v.minLength(1),
  ),
}) satisfies v.GenericSchema<unknown, RecordedRun>;

/** Checks what was read from the file. @throws RecordedRunError naming the first place that is wrong. */
export function parseRecordedRun(value: unknown): RecordedRun {
  const result = v.safeParse(recordedRun, value);
  if (result.success) return result.output;
  const place = firstIssue(result.issues, 'the file');
  throw new RecordedRunError(`The recorded run is not usable at ${place}. Make it again.`);
}
