/** Measurements as a store gives them back: of this version, or not read at all. */
import * as v from 'valibot';
import type { Verdict } from '../../task/judge';
import type { MeasuredAnswer } from './measure';
import type { MeasurementHead } from './measurement';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const text = v.string();
const rate = v.nullable(v.object({ rate: fraction, low: fraction, high: fraction, prompts: count }));
const rates = {
  ...{ asr: rate, orr: rate, malformed: count, cut: count, skipped: count },
  unjudged: v.optional(count, 0),
};
const split = v.picklist(['stage1', 'stage2', 'eval', 'audit']);
const file = v.object({
  ...{ file: text, name: text, rows: count, harmful: count, benign: count, leftOut: count, empty: count },
  ...{ duplicates: count, contradictions: count },
});

const model = v.object({ name: text, hash: text, parameters: count });

/** Up to version 0.2 the settings of a judge were one text, and the judge was phrases. */
const judge = v.object({
  name: text,
  model: v.optional(v.nullable(model), null),
  settings: v.pipe(
    v.union([text, v.record(text, v.union([text, v.number()]))]),
    v.transform((settings) => (typeof settings === 'string' ? { phrases: settings } : settings)),
  ),
});

const report = v.object({ ...rates, sets: v.record(text, v.object(rates)) });
const correlation = v.pipe(v.number(), v.minValue(-1), v.maxValue(1));
const agreement = v.object({
  ...{ both: count, onlyFirst: count, onlySecond: count, neither: count },
  kappa: v.nullable(v.object({ kappa: correlation, low: correlation, high: correlation })),
});

const head = v.object({
  id: text,
  guest: text,
  model,
  prompts: v.object({
    tag: v.object({ name: text, level: text, version: count, hash: text }),
    files: v.array(file),
    splits: v.object({ stage1: count, stage2: count, eval: count, audit: count }),
  }),
  judge,
  settings: v.object({ limit: v.nullable(count), maxNewTokens: count, temperature: v.number(), seed: count }),
  computed: v.nullable(v.object({ backend: text, adapter: text })),
  startedAt: v.number(),
  spent: v.number(),
  requests: v.optional(count, 0),
  done: count,
  total: count,
  report,
  second: v.optional(v.nullable(v.object({ judge, requests: count, done: count, report, agreement })), null),
});

const prompt = v.object({
  text,
  set: text,
  harmful: v.boolean(),
  truth: v.object({ file: text, line: count, split }),
});
const verdict = v.object({
  ...{ unsafe: v.boolean(), overrefuse: v.boolean(), malformed: v.boolean(), evasive: v.boolean(), good: v.boolean() },
  reward: v.number(),
  complies: v.exactOptional(fraction),
  unjudged: v.exactOptional(v.literal(true)),
});
const answers = v.array(
  v.union([
    v.object({ prompt, answer: text, verdict, tokens: count, ended: v.boolean() }),
    v.object({ prompt, skipped: text }),
  ]),
);
const prompts = v.array(prompt);
const verdicts = v.array(v.nullable(verdict));

/** Null for what this version cannot read. */
export function readHead(value: unknown): MeasurementHead | null {
  const read = v.safeParse(head, value);
  return read.success ? read.output : null;
}

export function readVerdict(value: unknown): Verdict | null {
  const read = v.safeParse(verdict, value);
  return read.success ? read.output : null;
}

export function readVerdicts(value: unknown): (Verdict | null)[] | null {
  const read = v.safeParse(verdicts, value);
  return read.success ? read.output : null;
}

export function readAnswers(value: unknown): MeasuredAnswer[] | null {
  const read = v.safeParse(answers, value);
  return read.success ? read.output : null;
}

export function readPrompts(value: unknown): MeasuredAnswer['prompt'][] | null {
  const read = v.safeParse(prompts, value);
  return read.success ? read.output : null;
}
