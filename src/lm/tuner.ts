import type { Gpu } from '../gpu/device';
import { blockingName, extensionsOf, plain, type Blocking } from '../gpu/kernels/product';
import { leastMilliseconds } from '../gpu/stopwatch';
import type { LlamaConfig } from '../model/config';
import type { Trial } from '../model/variants';
import { generationIsTuned, tuneGeneration } from './generation-tuner';
import { ProductBench, productKernel, type Contestant } from './product-bench';
import { candidates, halved, plainVariants, roles, type Role, type Variants } from './variants';
import { SLICE } from './workspace';

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
  /** Milliseconds after which no further round of candidates is begun. */
  budget?: number;
}

const BUDGET = 2000;
/** The share of the budget for products. Generation, which is timed with the chosen products, takes the rest. */
const FOR_PRODUCTS = 3 / 4;
/** Most tokens that are timed: enough to keep a GPU busy, and fewer where that takes long. */
const MOST_TOKENS = 1024;
const FEW_TOKENS = 128;
/** Milliseconds that the plain product of all tokens may take. */
const LONG = 10;
/** Least milliseconds of one measurement of the best variant so far: on software adapters, waiting takes one or two. */
const MEASUREMENT = 8;
const MOST_REPETITIONS = 64;
/** A candidate replaces the plain variant only where it is faster by more than noise. */
const WORTH = 0.95;
/** f16 rounds, so it must be faster by more. */
const HALF_WORTH = 0.85;

/**
 * Chooses the fastest variants on this adapter among those that agree with the plain ones. Candidates that the budget leaves
 * no time for are not used. Throws the GPU's errors.
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

/** Products of training come first, since training takes most of the time and the budget may end early. */
const byWeight: readonly Role[] = ['training', 'gradient', 'decoding', 'few'];

/** Times the variants of each kind of product on the model's widest matrix, each beside the best one before it. */
async function tuneProducts(
  gpu: Gpu,
  config: LlamaConfig,
  options: TuningOptions,
  timeIsUp: () => boolean,
): Promise<Omit<Tuning, 'spent'>> {
  const bench = await openBench(gpu, config, options);
  const trials: Trial[] = [];
  const best = {} as Record<Role, Contestant>;
  let half = false;
  try {
    await gpu.prepare(roles.map((role) => productKernel(role, plain)));
    for (const role of roles) {
      best[role] = await bench.openPlain(role);
      const [milliseconds] = await time([best[role]]);
      trials.push(trial(bench, role, plain, milliseconds));
    }
    const tried = Object.fromEntries(roles.map((role) => [role, candidatesOn(gpu, role)])) as Record<Role, Blocking[]>;
    const rounds = Math.max(...roles.map((role) => tried[role].length));
    for (let round = 0; round < rounds && !timeIsUp(); round++) {
      const challengers = byWeight.flatMap((role) =>
        tried[role].slice(round, round + 1).map((one) => [role, one] as const),
      );
      // They compile side by side, since compiling takes software adapters longer than timing.
      await gpu.prepare(challengers.map(([role, blocking]) => productKernel(role, blocking)));
      for (const [role, blocking] of challengers) {
        const worth = best[role].blocking === plain ? WORTH : 1;
        best[role] = (await challenge(bench, role, best[role], blocking, worth, trials)) ?? best[role];
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

const time = (contestants: readonly Contestant[]) =>
  leastMilliseconds(
    contestants.map(({ run }) => run),
    { lasting: MEASUREMENT, most: MOST_REPETITIONS },
  );

/** The challenger if it agrees and takes less than `worth` of the champion's time, null if not. */
async function challenge(
  bench: ProductBench,
  role: Role,
  champion: Contestant,
  blocking: Blocking,
  worth: number,
  trials: Trial[],
): Promise<Contestant | null> {
  const challenger = await bench.open(role, blocking);
  const [before, milliseconds] = challenger ? await time([champion, challenger]) : [0, null];
  trials.push(trial(bench, role, blocking, milliseconds));
  return milliseconds !== null && milliseconds < worth * before ? challenger : null;
}

function trial(bench: ProductBench, role: Role, blocking: Blocking, milliseconds: number | null): Trial {
  const gflops = milliseconds && bench.flops(role) / milliseconds / 1e6;
  return { role, name: blockingName(blocking), milliseconds, gflops };
}

/** Candidates to try on this adapter. On software adapters, tiles are many times slower. */
export const candidatesOn = (gpu: Gpu, role: Role): Blocking[] =>
  candidates[role].filter(
    (one) =>
      gpu.allows(extensionsOf(one)) &&
      !tooLongToCompile(gpu, one) &&
      !(gpu.adapter.software && one.through === 'tiles'),
  );

/**
 * llvmpipe takes most of a minute to compile the fused ends of a large block, which is only a tenth faster. Elsewhere a
 * block compiles in a fraction of a second.
 */
export const tooLongToCompile = (gpu: Gpu, { rows, columns }: Blocking): boolean =>
  /llvmpipe/i.test(gpu.adapter.description) && rows * columns > plain.rows * plain.columns;

/** A bench with few enough tokens for this adapter: else the budget would end before the first candidate. */
async function openBench(
  gpu: Gpu,
  config: LlamaConfig,
  { tokens, slots }: Pick<TuningOptions, 'tokens' | 'slots'>,
): Promise<ProductBench> {
  const most = Math.min(tokens, MOST_TOKENS);
  const few = new ProductBench(gpu, config, Math.min(most, FEW_TOKENS), slots);
  if (most <= FEW_TOKENS) return few;
  const [milliseconds] = await time([await few.openPlain('training')]);
  // Whole slices keep several processors equally busy with weight gradients.
  const fitting = Math.floor((LONG / milliseconds) * (FEW_TOKENS / SLICE)) * SLICE;
  if (fitting <= FEW_TOKENS) return few;
  few.dispose();
  return new ProductBench(gpu, config, Math.min(most, fitting), slots);
}

/** Whether products that read f16 are clearly faster, for many tokens and for one a sequence, and agree. */
async function halfIsWorthIt(
  gpu: Gpu,
  bench: ProductBench,
  best: Record<Role, Contestant>,
  trials: Trial[],
): Promise<boolean> {
  if (!gpu.allows(['f16'])) return false;
  await bench.halve();
  for (const role of ['training', 'decoding'] as const) {
    const blocking = { ...best[role].blocking, half: true };
    if (!(await challenge(bench, role, best[role], blocking, HALF_WORTH, trials))) return false;
  }
  return true;
}
