import * as v from 'valibot';

/** What version 0.2.0 called the metrics that have another name since. */
const namesOf020: Readonly<Record<string, string>> = {
  rewardFirst: 'reward_first',
  rewardFinal: 'reward_final',
  rewardFeedback: 'reward_feedback',
  labelAccuracy: 'label_accuracy',
  jsonErrors: 'json_errors',
  triggerRate: 'trigger_rate',
  tokensGenerated: 'tokens_generated',
  tokensTrained: 'tokens_trained',
  gradientNorm: 'grad_norm',
  clipRatio: 'clip_ratio',
  meanLength: 'mean_length',
  asrInterval: 'asr_interval',
  orrInterval: 'orr_interval',
};

/** A schema of metrics that reads them under the names of version 0.2.0 too. */
export function withEarlierNames<Metrics>(
  schema: v.GenericSchema<unknown, Metrics>,
): v.GenericSchema<unknown, Metrics> {
  return v.pipe(v.unknown(), v.transform(renamed), schema);
}

function renamed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, metric]: [string, unknown]) => [
    Object.hasOwn(namesOf020, name) ? namesOf020[name] : name,
    metric,
  ]);
  return Object.fromEntries(entries);
}
