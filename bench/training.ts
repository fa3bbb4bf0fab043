import { parameterLayout } from '../src/model/layout';
import { compete } from './compete';
import type { MatmulResult, TrainingResult } from './document';
import { openProducts } from './matmul/alone';
import { measureOf, trainers } from './registry';
import { batch, start, type TrainingWorkload } from './workloads';

const TOLERANCE = 1e-3;

/**
 * Every contender trains from the same parameters on the same batches, one step a turn; losses are compared. The step's
 * products alone take turns with them where their best kernels are known.
 */
export async function measureTraining(
  workload: TrainingWorkload,
  products: MatmulResult | null,
  say: (text: string) => void,
): Promise<TrainingResult> {
  const { size, sequences, length } = workload;
  // A sequence has one more token than is read: the last one is only predicted.
  const from = start(size, length + 1);
  const tokens = sequences * length;
  say(`Training ${size}, ${sequences} × ${length} tokens`);
  const pace = products && (await openProducts(products));
  const { results, satOut, failed, paceSeconds } = await compete({
    entries: trainers,
    workload,
    start: from,
    tokens,
    input: (step) => batch(from.config, sequences, length + 1, step),
    run: (contender, ids) => contender.train(ids),
    pace,
    say,
  });
  pace?.dispose();
  const { name: reference, outputs: measure } = measureOf(results);
  return {
    workload,
    parameters: parameterLayout(from.config).count,
    tokens,
    tolerance: TOLERANCE,
    contenders: results.map(({ outputs: losses, ...rest }) => {
      const largestRelativeDifference = Math.max(...losses.map((loss, i) => Math.abs(loss - measure[i]) / measure[i]));
      return { ...rest, losses, reference, largestRelativeDifference, agrees: largestRelativeDifference <= TOLERANCE };
    }),
    productSeconds: paceSeconds,
    satOut,
    failed,
  };
}
