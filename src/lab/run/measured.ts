import type { EvaluationSet } from '../../task/evaluation-set';
import { isSameTask, type TaskTag } from '../../task/task-tag';
import { comparePaired, type PairedComparison } from '../../statistics/paired';
import type { CurvePoint } from '../../waltz/evaluate/pareto/curve';
import type { Evaluation } from '../../waltz/learn/metrics';
import { taskOf } from '../../tasks';

/** What serving prompts came to: in rates, prompt by prompt, and with other thresholds. */
export interface Measured {
  evaluation: Evaluation;
  /** Of each set's prompts in their order, 1 where the set's rate counts the served answer. */
  counted: Record<string, string>;
  /** Points of the Pareto curve, [asr, orr] of every combination of thresholds (`waltz/evaluate/pareto/curve.ts`). */
  curve: Pick<CurvePoint, 'asr' | 'orr'>[];
}

/** A measurement that somebody asked for beside a run's own evaluations. It is kept with the run. */
export interface RunMeasurement extends Measured {
  task: TaskTag;
}

/** Prompts a set that were asked for: a set that has no more may have had fewer. */
export function promptsOf({ sets }: Evaluation): number {
  return Math.max(...Object.values(sets).map(({ n }) => n));
}

/** A run's path in the plane, in order: of each step and split the evaluation on the most prompts. */
export function pathOf(evaluations: readonly Evaluation[], measured: readonly Measured[]): Evaluation[] {
  const path = new Map<string, Evaluation>();
  for (const one of [...evaluations, ...measured.map(({ evaluation }) => evaluation)]) {
    const place = `${one.step} ${one.split}`;
    const known = path.get(place);
    if (!known || promptsOf(one) >= promptsOf(known)) path.set(place, one);
  }
  return [...path.values()].sort((a, b) => a.step - b.step);
}

/** Two measurements on the same prompts of these sets: which did either serve rightly alone? Null where one is on more. */
export function compareMeasured(
  sets: readonly EvaluationSet[],
  a: Pick<Measured, 'counted'>,
  b: Pick<Measured, 'counted'>,
): PairedComparison | null {
  const right = ({ counted }: Pick<Measured, 'counted'>) =>
    sets.flatMap(({ name, metric }) => Array.from(counted[name], (digit) => (digit === '1') === (metric === 'right')));
  const alike = sets.every(({ name }) => a.counted[name].length === b.counted[name].length);
  return alike ? comparePaired(right(a), right(b)) : null;
}

/** Two runs on the same prompts of the sets that count in the means; null where they were not measured on the same. */
export function compareRuns(a: RunMeasurement, b: RunMeasurement): PairedComparison | null {
  const { split, temperature } = a.evaluation;
  const alike = isSameTask(a.task, b.task) && split === b.evaluation.split && temperature === b.evaluation.temperature;
  const counting = taskOf(a.task).sets.filter(({ inMean }) => inMean);
  return alike ? compareMeasured(counting, a, b) : null;
}
