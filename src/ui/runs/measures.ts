import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import { gameCharts, learningCharts, type Chart } from '../curves/charts';
import { smoothedOver, trailingMean } from '../curves/columns';
import type { RunHistory } from '../state/library.svelte';

export interface StepValue {
  step: number;
  value: number;
}

/** One figure that runs are compared by, over their steps. */
export interface Measure {
  id: string;
  label: string;
  meaning: string;
  group: 'Every step: the games' | 'Every step: the learning' | 'Evaluations';
  scale: Chart['scale'];
  /** Null where a step has no such figure. */
  points: (history: RunHistory) => { step: number; value: number | null }[];
}

function ofSteps(charts: readonly Chart[], group: Measure['group']): Measure[] {
  return charts.flatMap(({ id, title, meaning, scale, series }) =>
    series.map(({ label, of }) => ({
      ...{ id: `${id}-${label.replaceAll(' ', '-')}`, label: `${title}: ${label}`, meaning, group, scale },
      points: ({ metrics }: RunHistory) => metrics.map((each: StepMetrics) => ({ step: each.step, value: of(each) })),
    })),
  );
}

function ofEvaluations(id: string, label: string, meaning: string, of: (evaluation: Evaluation) => number): Measure {
  return {
    ...{ id, label, meaning, group: 'Evaluations', scale: 'fraction' },
    points: ({ evaluations }) => evaluations.map((each) => ({ step: each.step, value: of(each) })),
  };
}

export const measures: readonly Measure[] = [
  ...ofSteps(gameCharts, 'Every step: the games'),
  ofEvaluations('asr', 'Unsafe answers, ASR', 'Mean over the harmful sets of each evaluation.', ({ asr }) => asr),
  ofEvaluations('orr', 'Needless refusals, ORR', 'Mean over the sensitive sets of each evaluation.', ({ orr }) => orr),
  ofEvaluations('f1', 'F1', 'The harmonic mean of what is left of both: 1 − ASR and 1 − ORR.', ({ f1 }) => f1),
  ...ofSteps(learningCharts, 'Every step: the learning'),
];

export const isSmoothable = ({ group }: Measure): boolean => group !== 'Evaluations';

/** What is drawn of a run: each step as it was, and the strong line. */
export interface Curve {
  raw: StepValue[];
  strong: StepValue[];
}

/** With `smooth`, the strong line is the mean that the Train page draws. */
export function curveOf(measure: Measure, history: RunHistory, smooth: boolean): Curve {
  const points = measure.points(history);
  const column = points.map(({ value }) => (value !== null && Number.isFinite(value) ? value : null));
  const there = (values: readonly (number | null)[]): StepValue[] =>
    points.flatMap(({ step }, i) => {
      const value = values[i];
      return value === null ? [] : [{ step, value }];
    });
  const raw = there(column);
  return { raw, strong: smooth && isSmoothable(measure) ? there(trailingMean(column, smoothedOver)) : raw };
}
