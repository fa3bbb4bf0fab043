import { parameterLayout } from '../src/model/layout';
import { compete } from './compete';
import type { Entry, Pace, TrainingContender } from './contender';
import type { TrainingResult } from './document';
import { batch, start, type TrainingWorkload } from './workloads';

export interface Losses {
  name: string;
  outputs: readonly number[];
}

interface Contest {
  entries: readonly Entry<TrainingContender, TrainingWorkload>[];
  /** Whose losses the others are held against. */
  measure: (results: readonly Losses[]) => Losses;
  /** How far apart they may be, relatively. */
  tolerance: number;
  pace: Pace | null;
  /** See `compete`. */
  turn?: number;
  say: (text: string) => void;
}

/**
 * Every contender trains from the same parameters on the same batches; losses are compared, as far as both went. `pace` takes turns with them.
 */
export async function measureTraining(
  workload: TrainingWorkload,
  { entries, measure, tolerance, pace, turn, say }: Contest,
): Promise<TrainingResult> {
  const { size, sequences, length } = workload;
  // A sequence has one more token than is read: the last one is only predicted.
  const from = start(size, length + 1);
  const tokens = sequences * length;
  say(`Training ${size}, ${sequences} × ${length} tokens`);
  const { results, satOut, failed, paceSeconds } = await compete({
    entries,
    workload,
    start: from,
    tokens,
    input: (step) => batch(from.config, sequences, length + 1, step),
    run: (contender, ids) => contender.train(ids),
    pace,
    ...(turn !== undefined && { turn }),
    say,
  });
  pace?.dispose();
  const { name: reference, outputs: expected } = measure(results);
  return {
    workload,
    parameters: parameterLayout(from.config).count,
    tokens,
    tolerance,
    contenders: results.map(({ outputs: losses, ...rest }) => {
      const differences = losses.slice(0, expected.length).map((loss, i) => Math.abs(loss - expected[i]) / expected[i]);
      const largestRelativeDifference = Math.max(...differences);
      return { ...rest, losses, reference, largestRelativeDifference, agrees: largestRelativeDifference <= tolerance };
    }),
    productSeconds: paceSeconds,
    satOut,
    failed,
  };
}
