import type { MatmulRate } from '../document';
import { rotated, summarize, timed } from '../samples';
import { bind, runPass } from './device';
import { engineKernels } from './engine';
import { error, makeFactors, type Factors } from './factors';
import { matmulKernels, type MatmulKernel, type Shape } from './kernels';

/** Shorter measurements are mostly the cost of submitting and waiting. */
const LEAST_SECONDS = 0.05;
/** A kernel this many times slower than the best at the first try is not tried again: it cannot become the best. */
const HOPELESS = 2;

interface Candidate {
  kernel: MatmulKernel;
  run: (repeats: number) => Promise<number>;
  /** Seconds of one product at the first try. */
  first: number;
  error: number;
  /** Seconds of one product, by run. */
  seconds: number[];
}

/** `best` is the time to beat: a kernel far behind it gets one try, as does one that a single try tells enough of. */
async function candidate(
  device: GPUDevice,
  kernel: MatmulKernel,
  shape: Shape,
  factors: Factors,
  best: number,
): Promise<Candidate> {
  const product = await bind(device, kernel, shape, factors);
  const run = async (repeats: number) => {
    const { seconds } = await timed(() =>
      runPass(device, (pass) => {
        for (let i = 0; i < repeats; i++) product(pass);
      }),
    );
    return seconds / repeats;
  };
  const encoder = device.createCommandEncoder();
  encoder.clearBuffer(factors.buffers.c);
  device.queue.submit([encoder.finish()]);
  await run(1);
  const off = await error(device, shape, factors);
  const once = await run(1);
  const enough = once >= LEAST_SECONDS || once > 2 * HOPELESS * best;
  const first = enough ? once : Math.min(once, await run(2), await run(2));
  return { kernel, run, first, error: off, seconds: [] };
}

/** All that compete: simple ones and the engine's. */
export const allKernels: readonly MatmulKernel[] = [...matmulKernels, ...engineKernels];

/** The rates of these kernels at one shape, in turns. */
export async function measureMatmul(
  device: GPUDevice,
  shape: Shape,
  kernels: readonly MatmulKernel[],
  runs: number,
): Promise<MatmulRate[]> {
  const flops = 2 * shape.m * shape.k * shape.n;
  const factors = makeFactors(device, shape);
  const candidates: Candidate[] = [];
  let best = Infinity;
  for (const kernel of kernels) {
    const one = await candidate(device, kernel, shape, factors, best);
    best = Math.min(best, one.first);
    candidates.push(one);
  }
  const hopeful = candidates.filter(({ first }) => first <= HOPELESS * best);
  for (let round = 0; round < runs; round++) {
    for (const { run, first, seconds } of rotated(hopeful, round)) {
      // Half as many again: later runs may be faster than the first.
      seconds.push(await run(Math.ceil((1.5 * LEAST_SECONDS) / first)));
    }
  }
  factors.destroy();
  return candidates.map(({ kernel, first, seconds, error }) => ({
    kernel: kernel.name,
    engine: kernel.engine,
    error,
    flopsPerSecond: summarize((seconds.length > 0 ? seconds : [first]).map((one) => flops / one)),
  }));
}
