import { Random } from '../../src/random/philox';
import type { Layout, Shape } from './kernels';

/** Rows of a product that are compared with a plain one. */
const CHECKED_ROWS = 8;

/** Both factors of a product, as they are and as they lie in GPU memory. */
export interface Factors {
  a: Float32Array<ArrayBuffer>;
  b: Float32Array<ArrayBuffer>;
  buffers: { a: Record<Layout, GPUBuffer>; b: Record<Layout, GPUBuffer>; c: GPUBuffer };
  destroy(): void;
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: matrix.length }, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]);
}

export function makeFactors(device: GPUDevice, { m, k, n }: Shape): Factors {
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
export async function error(device: GPUDevice, { m, k, n }: Shape, { a, b, buffers }: Factors): Promise<number> {
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
