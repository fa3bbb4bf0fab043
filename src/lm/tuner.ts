import type { Gpu } from '../gpu/device';
import { kernel } from '../gpu/kernel';
import { linear } from '../gpu/kernels/linear';
import { linearShape, linearWork } from '../gpu/kernels/linear-kernel';
import { blockingName, paddedItems, plain, type Blocking } from '../gpu/kernels/product';
import { weightGradient, weightUnits } from '../gpu/kernels/weight-gradient';
import { Plan, type Dims } from '../gpu/plan';
import { leastMilliseconds } from '../gpu/stopwatch';
import type { LlamaConfig } from './config';
import { generationIsTuned, tuneGeneration } from './generation-tuner';
import { candidates, halved, plainVariants, roles, type Role, type Variants } from './variants';
import { SLICE } from './workspace';

/** One candidate on this adapter. */
export interface Trial {
  role: keyof Variants;
  name: string;
  /**
   * Milliseconds of one product of the model's widest matrix, or of generating a token of each sequence; null where it
   * disagreed with the plain one.
   */
  milliseconds: number | null;
  gflops: number | null;
}

export interface Tuning {
  variants: Variants;
  trials: Trial[];
  /** Milliseconds that all of it took. */
  spent: number;
}

export interface TuningOptions {
  /** Tokens of a training batch, sequences generated side by side, and most new tokens of one. */
  tokens: number;
  slots: number;
  newTokens: number;
  /** Milliseconds after which no further candidate is begun. */
  budget?: number;
}

const BUDGET = 2000;
/** How much of it products may take; what is left is for generation, which is timed with the products that were chosen. */
const FOR_PRODUCTS = 3 / 4;
/** Tokens are at most these: enough to keep a GPU busy, and fewer where that takes long. */
const MOST_TOKENS = 1024;
const FEW_TOKENS = 128;
/** Milliseconds that the plain product of most tokens may take. */
const LONG = 10;
/** One measurement lasts about so many milliseconds. */
const MEASUREMENT = 4;
const MOST_REPETITIONS = 64;
/** A candidate replaces the plain variant only where it is faster by more than noise. */
const WORTH = 0.95;
/** Sums in another order differ by about 1e-6; a wrong kernel by far more (max|a − b| / max|b|). */
const TOLERANCE = 1e-4;
/** Factors rounded to eleven bits. */
const HALF_TOLERANCE = 2e-3;
/** f16 rounds, so it has to be worth it. */
const HALF_WORTH = 0.85;

/**
 * Chooses the variants that are fastest on this adapter among those that agree with the plain ones. Candidates that the budget
 * leaves no time for are not used. Throws the GPU's errors.
 */
export async function tune(gpu: Gpu, config: LlamaConfig, options: TuningOptions): Promise<Tuning> {
  const begun = performance.now();
  const { budget = BUDGET } = options;
  const past = (share: number) => () => performance.now() - begun > share * budget;
  const products = await tuneProducts(gpu, config, options, past(generationIsTuned(gpu, config) ? FOR_PRODUCTS : 1));
  const generation = await tuneGeneration(gpu, config, products.variants, options, past(1));
  const trials = [...products.trials, ...generation.trials];
  return { variants: generation.variants, trials, spent: performance.now() - begun };
}

/** Most of the time is training's: its products get their turn first, lest the budget end before. */
const byWeight: readonly Role[] = ['training', 'gradient', 'decoding', 'few'];

/** Times the variants of each kind of product on the model's widest matrix. */
async function tuneProducts(
  gpu: Gpu,
  config: LlamaConfig,
  options: TuningOptions,
  timeIsUp: () => boolean,
): Promise<Omit<Tuning, 'spent'>> {
  const bench = await openBench(gpu, config, options);
  const trials: Trial[] = [];
  const best = Object.fromEntries(roles.map((role) => [role, { blocking: plain, milliseconds: Infinity }])) as Record<
    Role,
    { blocking: Blocking; milliseconds: number }
  >;
  let half = false;
  try {
    for (const role of roles) {
      const { milliseconds } = await bench.trial(role, plain, trials);
      best[role].milliseconds = milliseconds! * WORTH;
    }
    const tried = (role: Role) => candidates[role].filter((one) => !tooLongToCompile(gpu, one));
    const rounds = Math.max(...roles.map((role) => tried(role).length));
    for (let round = 0; round < rounds; round++) {
      for (const role of byWeight) {
        const blocking = tried(role)[round];
        if (!blocking || timeIsUp()) continue;
        const { milliseconds } = await bench.trial(role, blocking, trials);
        if (milliseconds !== null && milliseconds < best[role].milliseconds) best[role] = { blocking, milliseconds };
      }
    }
    half = await halfIsWorthIt(gpu, bench, best, trials);
  } finally {
    bench.dispose();
  }
  const variants = { ...plainVariants };
  for (const role of roles) variants[role] = best[role].blocking;
  return { variants: half ? halved(variants) : variants, trials };
}

/**
 * llvmpipe takes most of a minute over the fused ends of a large block, and gains a tenth by it. Elsewhere a block compiles in
 * a fraction of a second.
 */
export const tooLongToCompile = (gpu: Gpu, { rows, columns }: Blocking): boolean =>
  /llvmpipe/i.test(gpu.adapter.description) && rows * columns > plain.rows * plain.columns;

/** With as many tokens as this adapter gets through in good time: else the budget would end before the first candidate. */
async function openBench(
  gpu: Gpu,
  config: LlamaConfig,
  { tokens, slots }: Pick<TuningOptions, 'tokens' | 'slots'>,
): Promise<ProductBench> {
  const most = Math.min(tokens, MOST_TOKENS);
  if (most <= FEW_TOKENS) return new ProductBench(gpu, config, most, slots);
  const few = new ProductBench(gpu, config, FEW_TOKENS, slots);
  const { milliseconds } = await few.trial('training', plain, []);
  if ((milliseconds! * most) / FEW_TOKENS > LONG) return few;
  few.dispose();
  return new ProductBench(gpu, config, most, slots);
}

/** Whether products that read f16 are clearly faster, for many tokens and for one a sequence, and agree. */
async function halfIsWorthIt(
  gpu: Gpu,
  bench: ProductBench,
  best: Record<Role, { blocking: Blocking; milliseconds: number }>,
  trials: Trial[],
): Promise<boolean> {
  if (!gpu.device.features.has('shader-f16')) return false;
  await bench.halve();
  for (const role of ['training', 'decoding'] as const) {
    const { blocking, milliseconds } = best[role];
    const found = await bench.trial(role, { ...blocking, half: true }, trials);
    if (found.milliseconds === null || found.milliseconds > HALF_WORTH * milliseconds) return false;
  }
  return true;
}

/** One product, and where its result stands: rows of which the first `used` count. */
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

/** Random factors of the model's widest product, and what the plain variant makes of them. */
class ProductBench {
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
    const random = (label: string, count: number) => {
      const buffer = gpu.buffer(label, 4 * count);
      // Any numbers of one size will do, as long as no two rows are alike.
      const values = Float32Array.from({ length: count }, (_, i) => ((i * 2654435761) % 4294967296) / 4294967296 - 0.5);
      gpu.write(buffer, values);
      return buffer;
    };
    this.#buffers = {
      wide: random('tuned-wide', most * this.#outputs),
      narrow: random('tuned-narrow', most * this.#inner),
      matrix: random('tuned-matrix', this.#inner * this.#outputs),
      half: gpu.buffer('tuned-half', 2 * this.#inner * this.#outputs),
      result: gpu.buffer('tuned-result', 4 * Math.max(most * this.#outputs, slices * this.#inner * this.#outputs)),
    };
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

  async trial(role: Role, blocking: Blocking, trials: Trial[]): Promise<Trial> {
    const { plan, dims, length, row, used } = await this.#plan(role, blocking);
    const run = async (times: number) => {
      this.#gpu.submit('tune', (recorder) => {
        for (let i = 0; i < times; i++) plan.encode(recorder, dims);
      });
      await this.#gpu.device.queue.onSubmittedWorkDone();
    };
    // The first run also compiles on some adapters.
    await run(1);
    // What pads a row is nobody's result, and variants pad differently.
    const all = await this.#gpu.readFloats(this.#buffers.result, 0, length);
    const found = all.filter((_, i) => i % row < used);
    const expected = this.#expected.get(role) ?? found;
    this.#expected.set(role, expected);
    const trial: Trial = { role, name: blockingName(blocking), milliseconds: null, gflops: null };
    trials.push(trial);
    if (!agree(found, expected, blocking.half ? HALF_TOLERANCE : TOLERANCE)) return trial;
    trial.milliseconds = await leastMilliseconds(run, { lasting: MEASUREMENT, most: MOST_REPETITIONS });
    trial.gflops = (2 * this.#items[role] * this.#inner * this.#outputs) / trial.milliseconds / 1e6;
    return trial;
  }

  async #plan(role: Role, blocking: Blocking): Promise<ProductPlan> {
    const gpu = this.#gpu;
    const { wide, narrow, matrix, half, result } = this.#buffers;
    const [tokens, inner, outputs] = [this.#items[role], this.#inner, this.#outputs];
    const dims = { tokens, rows: tokens, sequences: 1, chunks: Math.ceil(tokens / SLICE) };
    const sizes = gpu.dims('tuned-dims');
    gpu.write(sizes, new Uint32Array([tokens, tokens, 1, dims.chunks]));
    const gradient = role === 'gradient';
    const product = gradient ? weightGradient(blocking) : linear(blocking);
    const words = gradient
      ? [outputs, inner, outputs, 0, 0, inner * outputs, SLICE]
      : linearShape(inner, outputs, outputs, 'tokens');
    const shape = gpu.uniform('tuned-shape', words);
    this.#owned.push(sizes, shape);
    await gpu.prepare([product]);
    const plan = new Plan(gpu);
    plan.add(
      product,
      [sizes, shape, narrow, gradient ? wide : blocking.half ? half : matrix, result],
      gradient
        ? { extent: 'chunks', units: weightUnits(blocking, outputs, inner) }
        : linearWork(blocking, outputs, 'tokens'),
    );
    const row = gradient ? inner : paddedItems(tokens);
    const rows = gradient ? dims.chunks * outputs : outputs;
    return { plan, dims, length: rows * row, row, used: gradient ? inner : tokens };
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
    // A NaN is no small difference, and no maximum would keep it.
    if (!(Math.abs(found[i] - expected[i]) <= apart)) apart = Math.abs(found[i] - expected[i]);
    if (Number.isNaN(apart)) return false;
  }
  return apart <= tolerance * largest;
}
