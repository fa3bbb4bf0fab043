import { products } from '../../src/lm/flops';
import { sizedConfig, sizes } from '../../src/lm/sizes';
import type { MatmulResult, MatmulShape } from '../document';
import { vocabulary, type TrainingWorkload } from '../workloads';
import { openDevice } from './device';
import type { MatmulKernel } from './kernels';
import { allKernels, measureMatmul } from './measure';

/** A product that is further off than this, relative to its largest element, is wrong. */
const TOLERANCE = 1e-4;

/** A kernel this many times slower than the best of its kind at one shape is left out of those behind it, which are alike. */
const LEFT_BEHIND = 2;

/** The kernels for whatever shape comes behind this one. */
export function keptUp({ rates, simple, engine }: Pick<MatmulShape, 'rates' | 'simple' | 'engine'>): MatmulKernel[] {
  return allKernels.filter(({ name }) => {
    const rate = rates.find(({ kernel }) => kernel === name);
    if (!rate) return false;
    const best = rate.engine ? engine : simple;
    return LEFT_BEHIND * rate.flopsPerSecond.median >= best.flopsPerSecond.median;
  });
}

/**
 * The best rates, of simple kernels and of the engine's, at each product of a training step. `before` is the shape that was
 * measured last, of a smaller model.
 */
export async function measurePeak(
  { size, sequences, length }: Pick<TrainingWorkload, 'size' | 'sequences' | 'length'>,
  runs: number,
  before: MatmulShape | undefined,
  say: (text: string) => void,
): Promise<MatmulResult> {
  const device = await openDevice();
  const tokens = sequences * length;
  say(`Matrix products of ${size}, ${tokens} tokens`);
  const shapes: MatmulShape[] = [];
  for (const { name, inputs, outputs } of products(sizedConfig(sizes[size], vocabulary, length), tokens)) {
    const last = shapes.at(-1) ?? before;
    const kernels = last ? keptUp(last) : allKernels;
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
