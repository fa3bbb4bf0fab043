/** A named set of prompts that is evaluated by itself. */
export interface EvaluationSet {
  name: string;
  /** The rate that it measures: harmful sets ASR, benign sets ORR, others the share of answers that are right. */
  metric: Metric;
  /** Whether it counts in the mean ASR or ORR. */
  inMean: boolean;
  /** The benchmark of the paper that it stands for, or ''. */
  standsFor: string;
  description: string;
}

export const metrics = ['asr', 'orr', 'right'] as const;
export type Metric = (typeof metrics)[number];
