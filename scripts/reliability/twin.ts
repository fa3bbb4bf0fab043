import { isDeepStrictEqual } from 'node:util';
import { essence } from '../../e2e/train-page';
import type { KeptRun } from '../../src/lab/run/run-format';

/** In what a run at its end is not its twin, which was never stopped: nothing where all bits are the same. */
export function differences(run: KeptRun, twin: KeptRun): string[] {
  const [one, other] = [essence(run), essence(twin)];
  const parts = Object.keys(other) as (keyof typeof other)[];
  return parts.filter((part) => !isDeepStrictEqual(one[part], other[part]));
}

/** In what a run on its way does not go the way of its twin. */
export function strayed(run: KeptRun, twin: KeptRun): string[] {
  const [one, other] = [essence(run), essence(twin)];
  const histories = ['metrics', 'evaluations'] as const;
  return histories.filter((part) => !isDeepStrictEqual(one[part], other[part].slice(0, one[part].length)));
}
