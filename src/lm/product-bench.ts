import { allocate, constant, sizes, storage, table } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { kernel } from '../gpu/kernel';
import { linear } from '../gpu/kernels/linear';
import { linearWork } from '../gpu/kernels/linear-kernel';
import { paddedItems, plain, type Blocking } from '../gpu/kernels/product';
import { weightGradient, weightUnits } from '../gpu/kernels/weight-gradient';
import { Plan } from '../gpu/plan';
import type { Repeated } from '../gpu/stopwatch';
import { dims, linearShape, weightShape, type Dims } from '../gpu/structs';
import type { LlamaConfig } from '../model/config';
import type { Role } from './variants';
import { SLICE } from './workspace';

/** Sums in another order differ by about 1e-6; a wrong kernel by far more (max|a − b| / max|b|). */
const TOLERANCE = 1e-4;
/** Factors rounded to eleven bits. */
const HALF_TOLERANCE = 2e-3;

/** A variant of a product that is ready to run. */
export interface Contestant {
  blocking: Blocking;
  run: Repeated;
}

export const productKernel = (role: Role, blocking: Blocking) =>
  role === 'gradient' ? weightGradient(blocking) : linear(blocking);

/** One product and the layout of its result: rows whose first `used` numbers count. */
interface ProductPlan {
  plan: Plan;
  dims: Dims;
  length: number;
  row: number;
  used: number;
}

const toHalf = kernel(
  'to-half',
  /* wgsl */ `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4h>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at < arrayLength(&y)) { y[at] = vec4h(x[at]); }
}`,
  {},
  ['f16'],
);

/** A buffer of numbers of about one size, no two rows alike. */
const random = (label: string, count: number) =>
  table(label, count, () =>
    Float32Array.from({ length: count }, (_, i) => ((i * 2654435761) % 4294967296) / 4294967296 - 0.5),
  );

/** Random factors of the model's widest product, and the plain variant's result of them. */
export class ProductBench {
  readonly #gpu: Gpu;
  readonly #items: Record<Role, number>;
  readonly #inner: number;
  readonly #outputs: number;
  readonly #buffers: Record<'wide' | 'narrow' | 'matrix' | 'half' | 'result', GPUBuffer>;
  readonly #expected = new Map<Role, Float32Array>();
  readonly #owned: GPUBuffer[];

  constructor(gpu: Gpu, config: LlamaConfig, many: number, slots: number) {
    this.#gpu = gpu;
    this.#items = { training: many, gradient: many, decoding: slots, few: 1 };
    this.#inner = config.hidden_size;
    this.#outputs = 2 * config.intermediate_size;
    const most = paddedItems(Math.max(many, slots));
    const slices = Math.ceil(many / SLICE);
    const matrix = this.#inner * this.#outputs;
    this.#buffers = allocate(gpu, {
      wide: random('tuned-wide', most * this.#outputs),
      narrow: random('tuned-narrow', most * this.#inner),
      matrix: random('tuned-matrix', matrix),
      half: storage('tuned-half', 'other', matrix / 2),
      result: storage('tuned-result', 'other', Math.max(most * this.#outputs, slices * matrix)),
    });
    this.#owned = Object.values(this.#buffers);
  }

  /** Makes the matrix in f16. */
  async halve(): Promise<void> {
    const { matrix, half } = this.#buffers;
    await this.#gpu.prepare([toHalf]);
    const plan = new Plan(this.#gpu);
    plan.add(toHalf, [matrix, half], { invocations: (this.#inner * this.#outputs) / 4 });
    this.#gpu.submit('tune', (recorder) => {
      plan.encode(recorder, { tokens: 0, rows: 0, sequences: 0, chunks: 0 });
    });
  }

  /** Floating-point operations of a role's product. */
  flops(role: Role): number {
    return 2 * this.#items[role] * this.#inner * this.#outputs;
  }

  async openPlain(role: Role): Promise<Contestant> {
    return (await this.open(role, plain))!;
  }

  /** Compiles a variant and runs it once; null where it disagrees with the plain one, which comes first. */
  async open(role: Role, blocking: Blocking): Promise<Contestant | null> {
    const { plan, dims, length, row, used } = await this.#plan(role, blocking);
    const run = async (times: number) => {
      this.#gpu.submit('tune', (recorder) => {
        for (let i = 0; i < times; i++) plan.encode(recorder, dims);
      });
      await this.#gpu.device.queue.onSubmittedWorkDone();
    };
    // The first run also compiles on some adapters.
    await run(1);
    // Padding is no result, and variants pad differently.
    const all = await this.#gpu.readFloats(this.#buffers.result, 0, length);
    const found = all.filter((_, i) => i % row < used);
    const expected = this.#expected.get(role) ?? found;
    this.#expected.set(role, expected);
    return agree(found, expected, blocking.half ? HALF_TOLERANCE : TOLERANCE) ? { blocking, run } : null;
  }

  async #plan(role: Role, blocking: Blocking): Promise<ProductPlan> {
    const gpu = this.#gpu;
    const { wide, narrow, matrix, half, result } = this.#buffers;
    const [tokens, inner, outputs] = [this.#items[role], this.#inner, this.#outputs];
    const size = { tokens, rows: tokens, sequences: 1, chunks: Math.ceil(tokens / SLICE) };
    const gradient = role === 'gradient';
    const product = productKernel(role, blocking);
    const common = { outputs, stride: outputs, byRows: 0 };
    const value = gradient
      ? weightShape.pack({ ...common, inputs: inner, offset: 0, size: inner * outputs, slice: SLICE })
      : linearShape.pack({ ...common, inner });
    const { batch, shape } = allocate(gpu, { batch: sizes('tuned-dims'), shape: constant('tuned-shape', value) });
    gpu.write(batch, dims.pack(size));
    this.#owned.push(batch, shape);
    await gpu.prepare([product]);
    const plan = new Plan(gpu);
    plan.add(
      product,
      [batch, shape, narrow, gradient ? wide : blocking.half ? half : matrix, result],
      gradient
        ? { extent: 'chunks', units: weightUnits(blocking, outputs, inner) }
        : linearWork(blocking, outputs, 'tokens'),
    );
    const row = gradient ? inner : paddedItems(tokens);
    const rows = gradient ? size.chunks * outputs : outputs;
    return { plan, dims: size, length: rows * row, row, used: gradient ? inner : tokens };
  }

  dispose(): void {
    for (const buffer of this.#owned) this.#gpu.release(buffer);
  }
}

function agree(found: Float32Array, expected: Float32Array, tolerance: number): boolean {
  let largest = 0;
  let apart = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    // A NaN counts as a difference, and a maximum would lose it.
    if (!(Math.abs(found[i] - expected[i]) <= apart)) apart = Math.abs(found[i] - expected[i]);
    if (Number.isNaN(apart)) return false;
  }
  return apart <= tolerance * largest;
}
