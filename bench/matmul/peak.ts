import { products } from '../../src/lm/flops';
import { sizedConfig, sizes } from '../../src/lm/sizes';
import type { MatmulResult } from '../document';
import { vocabulary, type TrainingWorkload } from '../workloads';
import type { MatmulKernel } from './kernels';
import { allKernels, measureMatmul } from './measure';

/** A product that is further off than this, relative to its largest element, is wrong. */
const TOLERANCE = 1e-4;

/** A kernel this many times slower than the best at one shape is left out of the shapes behind it, which are alike. */
const LEFT_BEHIND = 3;

/** The best rates, of simple kernels and of the engine's, at each product of a training step. */
export async function measurePeak(
  { size, sequences, length }: Pick<TrainingWorkload, 'size' | 'sequences' | 'length'>,
  runs: number,
  say: (text: string) => void,
): Promise<MatmulResult> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  const device = await adapter!.requestDevice();
  const tokens = sequences * length;
  say(`Matrix products of ${size}, ${tokens} tokens`);
  const shapes: MatmulResult['shapes'] = [];
  let kernels: readonly MatmulKernel[] = allKernels;
  for (const { name, inputs, outputs } of products(sizedConfig(sizes[size], vocabulary, length), tokens)) {
    const rates = await measureMatmul(device, { m: tokens, k: inputs, n: outputs }, kernels, runs);
    const right = rates.filter(({ error }) => error <= TOLERANCE);
    const bestOf = (some: typeof right) =>
      some.reduce((a, b) => (b.flopsPerSecond.median > a.flopsPerSecond.median ? b : a));
    const best = bestOf(right);
    const simple = bestOf(right.filter(({ engine }) => !engine));
    const engine = bestOf(right.filter((one) => one.engine));
    kernels = kernels.filter((_, i) => LEFT_BEHIND * rates[i].flopsPerSecond.median >= best.flopsPerSecond.median);
    shapes.push({ name, tokens, inputs, outputs, best, simple, engine, rates });
    const said = [simple, engine].map((one) => `${(one.flopsPerSecond.median / 1e9).toFixed(2)} (${one.kernel})`);
    say(`  ${name} [${tokens} × ${inputs}] · [${inputs} × ${outputs}], GFLOP/s: ${said.join(', ')}`);
  }
  device.destroy();
  return { size, tokens, runs, tolerance: TOLERANCE, shapes };
}
