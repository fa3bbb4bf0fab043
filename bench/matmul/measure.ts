import { Random } from '../../src/random/philox';
import type { MatmulRate } from '../document';
import { rotated, summarize, timed } from '../samples';
import { engineKernels } from './engine';
import { matmulKernels, type Layout, type MatmulKernel, type Shape } from './kernels';

/** Shorter measurements are mostly the cost of submitting and waiting. */
const LEAST_SECONDS = 0.05;
/** A kernel this many times slower than the best at the first try is not tried again: it cannot become the best. */
const HOPELESS = 2;
/** Rows of the product that are compared with a plain one. */
const CHECKED_ROWS = 8;

/** Both factors, as they are and as they lie in GPU memory. */
interface Factors {
  a: Float32Array<ArrayBuffer>;
  b: Float32Array<ArrayBuffer>;
  buffers: { a: Record<Layout, GPUBuffer>; b: Record<Layout, GPUBuffer>; c: GPUBuffer };
  destroy(): void;
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: matrix.length }, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]);
}

function makeFactors(device: GPUDevice, { m, k, n }: Shape): Factors {
  const random = new Random(1, 'weights', [m, k, n]);
  const matrix = (length: number) => Float32Array.from({ length }, () => random.uniform() - 0.5);
  const a = matrix(m * k);
  const b = matrix(k * n);
  const made: GPUBuffer[] = [];
  const buffer = (size: number, data?: Float32Array<ArrayBuffer>) => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const result = device.createBuffer({ size, usage });
    if (data) device.queue.writeBuffer(result, 0, data);
    made.push(result);
    return result;
  };
  const upload = (data: Float32Array<ArrayBuffer>) => buffer(data.byteLength, data);
  return {
    a,
    b,
    buffers: {
      a: { 'k-minor': upload(a), 'k-major': upload(transposed(a, m, k)) },
      b: { 'k-minor': upload(transposed(b, k, n)), 'k-major': upload(b) },
      c: buffer(4 * m * n),
    },
    destroy: () => made.forEach((one) => one.destroy()),
  };
}

/** The largest difference from a plain product, relative to the largest element; rows spread over the whole. */
async function error(device: GPUDevice, { m, k, n }: Shape, { a, b, buffers }: Factors): Promise<number> {
  const staging = device.createBuffer({
    size: buffers.c.size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffers.c, 0, staging, 0, buffers.c.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const c = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  let [worst, largest] = [0, 0];
  for (let i = 0; i < CHECKED_ROWS; i++) {
    const row = Math.floor((i * (m - 1)) / (CHECKED_ROWS - 1));
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += a[row * k + j] * b[j * n + column];
      worst = Math.max(worst, Math.abs(c[row * n + column] - sum));
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return worst / largest;
}

interface Candidate {
  kernel: MatmulKernel;
  run: (repeats: number) => Promise<number>;
  /** Seconds of one product at the first try. */
  first: number;
  error: number;
  /** Seconds of one product, by run. */
  seconds: number[];
}

/** `best` is the time to beat: a kernel far behind it gets one try. */
async function candidate(
  device: GPUDevice,
  kernel: MatmulKernel,
  shape: Shape,
  factors: Factors,
  best: number,
): Promise<Candidate> {
  const { buffers } = factors;
  const module = device.createShaderModule({ code: kernel.code(shape) });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [buffers.a[kernel.a], buffers.b[kernel.b], buffers.c].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    })),
  });
  const run = async (repeats: number) => {
    const { seconds } = await timed(async () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(...kernel.workgroups(shape));
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    });
    return seconds / repeats;
  };
  const encoder = device.createCommandEncoder();
  encoder.clearBuffer(buffers.c);
  device.queue.submit([encoder.finish()]);
  await run(1);
  const off = await error(device, shape, factors);
  const once = await run(1);
  const first = once > 2 * HOPELESS * best ? once : Math.min(once, await run(2), await run(2));
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
