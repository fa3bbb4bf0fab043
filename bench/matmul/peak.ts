import { allows } from '../../src/gpu/kernel';
import { products } from '../../src/model/flops';
import { sizedConfig, sizes } from '../../src/model/sizes';
import type { MatmulResult, MatmulShape } from '../document';
import { vocabulary, type TrainingWorkload } from '../workloads';
import { openDevice } from './device';
import type { MatmulKernel } from './kernels';
import { allKernels, measureMatmul } from './measure';

/** A product that is further off than this, relative to its largest element, is wrong. */
const TOLERANCE = 1e-4;

/** A kernel this many times slower than the best of its kind at every shape of smaller models is left out. */
const LEFT_BEHIND = 1.25;

/** The kernels for a model larger than those of these shapes: one that kept up at a single one of them may do so again. */
export function keptUp(shapes: readonly Pick<MatmulShape, 'rates' | 'simple' | 'engine'>[]): readonly MatmulKernel[] {
  if (shapes.length === 0) return allKernels;
  return allKernels.filter(({ name }) =>
    shapes.some(({ rates, simple, engine }) => {
      const rate = rates.find(({ kernel }) => kernel === name);
      if (!rate) return false;
      const best = rate.engine ? engine : simple;
      return LEFT_BEHIND * rate.flopsPerSecond.median >= best.flopsPerSecond.median;
    }),
  );
}

/**
 * The best rates, of simple kernels and of the engine's, at each product of a training step. `before` are the shapes of
 * smaller models.
 */
export async function measurePeak(
  { size, sequences, length }: Pick<TrainingWorkload, 'size' | 'sequences' | 'length'>,
  runs: number,
  before: readonly MatmulShape[],
  say: (text: string) => void,
): Promise<MatmulResult> {
  const device = await openDevice();
  const tokens = sequences * length;
  say(`Matrix products of ${size}, ${tokens} tokens`);
  const kernels = keptUp(before).filter(({ extensions }) => allows(device, extensions));
  const shapes: MatmulShape[] = [];
  for (const { name, inputs, outputs } of products(sizedConfig(sizes[size], vocabulary, length), tokens)) {
    const rates = await measureMatmul(device, { m: tokens, k: inputs, n: outputs }, kernels, runs);
    const right = rates.filter(({ error }) => error <= TOLERANCE);
    const bestOf = (some: typeof right) =>
      some.reduce((a, b) => (b.flopsPerSecond.median > a.flopsPerSecond.median ? b : a));
    const best = bestOf(right);
    const simple = bestOf(right.filter(({ engine }) => !engine));
    const engine = bestOf(right.filter((one) => one.engine));
    shapes.push({ name, tokens, inputs, outputs, best, simple, engine, rates });
    const said = [simple, engine].map((one) => `${(one.flopsPerSecond.median / 1e9).toFixed(2)} (${one.kernel})`);
    say(`  ${name} [${tokens} × ${inputs}] · [${inputs} × ${outputs}], GFLOP/s: ${said.join(', ')}`);
  }
  device.destroy();
  return { size, tokens, runs, tolerance: TOLERANCE, shapes };
}
