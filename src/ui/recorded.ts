/**
 * A recorded run, made by the command line from a real one, so that the page has something true to show before any
 * shader is compiled. It is data from outside: checked on load, and a broken file shows nothing rather than nonsense.
 */
import * as v from 'valibot';
import type { AdapterInfo } from '../../workers/protocol';
import { schema, type RunConfig } from '../lab/config';
import type { Evaluation, StepMetrics } from '../waltz/metrics';
import { outcomes, type Rollout } from '../waltz/rollout';
import { setNames } from '../world/world';

export interface RecordedRun {
  config: RunConfig;
  adapter: AdapterInfo;
  /** When, and by which command. */
  made: { date: string; command: string };
  metrics: StepMetrics[];
  evaluations: Evaluation[];
  /** The batches of some of the steps, in order. */
  batches: { step: number; rollouts: Rollout[] }[];
}

/** The recorded run's file is missing or is not one; the page goes on without it. */
export class RecordedRunError extends Error {
  override name = 'RecordedRunError';
}

const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const ends = v.tuple([fraction, fraction]);
/** JSON has no NaN: the writer leaves null where there was no number. */
const figure = v.nullable(v.number());

const agentMetrics = v.nullable(
  v.looseObject({
    loss: figure,
    reward: figure,
    kl: figure,
    entropy: figure,
    gradientNorm: figure,
    clipRatio: figure,
    meanLength: figure,
  }),
);

const metrics = v.looseObject({
  step: count,
  stage: v.picklist([1, 2]),
  rewardFirst: v.number(),
  rewardFinal: v.number(),
  rewardFeedback: v.number(),
  labelAccuracy: fraction,
  jsonErrors: fraction,
  triggerRate: fraction,
  improved: fraction,
  worsened: fraction,
  outcomes: v.record(v.picklist(outcomes), v.number()),
  agents: v.object({ conversation: agentMetrics, feedback: agentMetrics }),
  tokensGenerated: count,
  tokensTrained: count,
  time: v.looseObject({ total: v.number(), rollout: v.number(), update: v.number() }),
});

const evaluation = v.looseObject({
  step: count,
  split: v.picklist(['eval', 'audit']),
  temperature: v.number(),
  sets: v.record(
    v.picklist(setNames),
    v.looseObject({
      n: count,
      asr: v.optional(fraction),
      orr: v.optional(fraction),
      right: v.optional(fraction),
      ftr: fraction,
      label_accuracy: fraction,
      malformed: fraction,
      evasive: fraction,
    }),
  ),
  asr: fraction,
  orr: fraction,
  f1: fraction,
  asrInterval: ends,
  orrInterval: ends,
});

const rollout = v.looseObject({
  index: count,
  prompt: v.looseObject({
    text: v.string(),
    set: v.picklist(setNames),
    harmful: v.boolean(),
    depth: count,
    chain: v.string(),
    tool: v.string(),
    recipe: v.string(),
  }),
  answers: v.pipe(
    v.array(
      v.looseObject({
        text: v.string(),
        verdict: v.object({
          unsafe: v.boolean(),
          overrefuse: v.boolean(),
          malformed: v.boolean(),
          evasive: v.boolean(),
          reward: v.picklist([0, 1]),
        }),
        advantage: figure,
        spans: v.array(v.object({ start: count, end: count, kind: v.picklist(['unsafe', 'repaired']) })),
      }),
    ),
    v.minLength(1),
  ),
  feedbacks: v.array(
    v.looseObject({
      text: v.string(),
      parsed: v.nullable(
        v.object({ reasoning: v.string(), unsafe: v.boolean(), overrefuse: v.boolean(), feedback: v.string() }),
      ),
      rewards: v.object({
        improvement: v.picklist([-1, 0, 1]),
        label: v.picklist([0, 1]),
        format: v.picklist([0, 1]),
        total: v.number(),
      }),
      advantage: figure,
    }),
  ),
  outcome: v.picklist(outcomes),
});

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
  metrics: v.pipe(v.array(metrics), v.minLength(1)),
  evaluations: v.array(evaluation),
  batches: v.pipe(
    v.array(v.object({ step: count, rollouts: v.pipe(v.array(rollout), v.minLength(1)) })),
    v.minLength(1),
  ),
});

/** Checks what was read from the file. @throws RecordedRunError naming the first place that is wrong. */
export function parseRecordedRun(value: unknown): RecordedRun {
  const result = v.safeParse(recordedRun, value);
  if (!result.success) {
    const issue = result.issues[0];
    const place = v.getDotPath(issue) ?? 'the file';
    throw new RecordedRunError(`The recorded run is not usable at ${place}: ${issue.message}. Make it again.`);
  }
  // Loose objects keep what the page does not read, so the inferred type is wider than the checked one.
  return result.output as unknown as RecordedRun;
}

/** Fetches the recorded run that the page ships with. @throws RecordedRunError */
export async function loadRecordedRun(base: string = import.meta.env.BASE_URL): Promise<RecordedRun> {
  const response = await fetch(`${base}recorded.json`);
  if (!response.ok) throw new RecordedRunError(`No recorded run is shipped with this page (${response.status}).`);
  let value: unknown;
  try {
    value = await response.json();
  } catch {
    throw new RecordedRunError('The recorded run is not JSON. Make it again.');
  }
  return parseRecordedRun(value);
}
