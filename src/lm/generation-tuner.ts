import type { Gpu } from '../gpu/device';
import { SUBMIT_MILLISECONDS } from '../gpu/pacer';
import { leastMilliseconds } from '../gpu/stopwatch';
import type { Completion } from '../model/agent';
import type { LlamaConfig } from '../model/config';
import type { Trial } from '../model/variants';
import { passFlops } from '../model/flops';
import { Generator, type GenerationCapacity } from './generator';
import { initialState } from '../model/init';
import { kernelList, modelKernels, singleFits, TOKENS_PER_SUBMIT } from './kernels';
import { generationModes, FEW, type GenerationMode, type Variants } from './variants';
import { Weights } from './weights';
import { WorkCounter } from '../model/work-counter';
import { TrainingWorkspace } from './workspace';

/** Tokens of a prompt, and new tokens that are timed: there are keys to attend to, and a dispatch makes several tokens. */
const PROMPT = 24;
const MADE = 8;
/** One measurement lasts about so many milliseconds. */
const MEASUREMENT = 8;
const MOST_REPETITIONS = 16;
/** One dispatch replaces the passes only where it is faster by more than noise. */
const WORTH = 0.95;
/** Log-probabilities differ by less than this where only the order of sums differs. */
const TOLERANCE = 1e-3;

/**
 * Finds how this adapter generates fastest with these products: one sequence, and as many as there are slots. A dispatch of
 * many tokens cannot be split, so it is not used where it would hold a GPU for longer than a submit may. Few and many
 * sequences use different modes only where both modes give the same bits: else a sequence would depend on how many others
 * there are. Nothing begins once `timeIsUp`, nor on a software adapter. Throws the GPU's errors.
 */
export async function tuneGeneration(
  gpu: Gpu,
  config: LlamaConfig,
  products: Variants,
  { slots, newTokens }: GenerationCapacity,
  timeIsUp: () => boolean,
): Promise<{ variants: Variants; trials: Trial[] }> {
  const variants = { ...products };
  const trials: Trial[] = [];
  if (!generationIsTuned(gpu, config) || newTokens < MADE || timeIsUp()) return { variants, trials };
  await gpu.borrowing(async () => {
    const open = await bench(gpu, config, products, { slots, newTokens, length: PROMPT + MADE });
    let alike = true;
    for (const [role, count] of [
      ['generationFew', 1],
      ['generation', slots],
    ] as const) {
      if (timeIsUp() || (role === 'generation' && slots <= FEW)) break;
      const pass = await time(open.pass, count);
      const single = await time(open.single, count);
      const agrees = agree(single.completions, pass.completions);
      alike &&= JSON.stringify(single.completions) === JSON.stringify(pass.completions);
      const flops = passFlops(config, { forward: { tokens: count, rows: count }, backward: { tokens: 0, rows: 0 } });
      const trial = (name: GenerationMode, milliseconds: number | null): Trial => ({
        ...{ role, name, milliseconds },
        gflops: milliseconds && flops / milliseconds / 1e6,
      });
      trials.push(trial('pass', pass.milliseconds), trial('single', agrees ? single.milliseconds : null));
      const holds = TOKENS_PER_SUBMIT * single.milliseconds > SUBMIT_MILLISECONDS;
      if (agrees && !holds && single.milliseconds < WORTH * pass.milliseconds) variants[role] = 'single';
    }
    if (slots <= FEW) variants.generation = variants.generationFew;
    if (!alike && variants.generation !== variants.generationFew) {
      variants.generation = variants.generationFew = 'pass';
    }
  });
  return { variants, trials };
}

/** One dispatch saves launches. On a software adapter launches cost nothing, and the kernel takes seconds to compile. */
export const generationIsTuned = (gpu: Gpu, config: LlamaConfig) => !gpu.adapter.software && singleFits(config);

/** A generator of one model in each mode. */
async function bench(
  gpu: Gpu,
  config: LlamaConfig,
  products: Variants,
  capacity: GenerationCapacity,
): Promise<Record<GenerationMode, Generator>> {
  const workspace = new TrainingWorkspace(gpu, config, { tokens: Math.max(capacity.slots, PROMPT), sequences: 1 });
  const { parameters } = initialState(config, 1, 0);
  const generators: Partial<Record<GenerationMode, Generator>> = {};
  for (const mode of generationModes) {
    const variants = { ...products, generation: mode, generationFew: mode };
    const kernels = modelKernels(config, capacity.newTokens, variants);
    await gpu.prepare(kernelList(kernels));
    const weights = new Weights(gpu, kernels, config);
    gpu.write(weights.buffer, parameters);
    gpu.submit('tune', (recorder) => {
      weights.transpose(recorder);
    });
    // No token of the vocabulary ends a sequence.
    const never = { endTokens: [] };
    generators[mode] = new Generator(gpu, kernels, config, weights, never, capacity, workspace, new WorkCounter());
  }
  return generators as Record<GenerationMode, Generator>;
}

/** Milliseconds of one token of each of so many sequences, and what they are. */
async function time(generator: Generator, count: number) {
  const prompts = Array.from({ length: count }, (_, i) => Array.from({ length: PROMPT }, (_, n) => (i + n) % 2));
  const rollouts = prompts.map((_, i) => i);
  const generate = () =>
    generator.generate(prompts, {
      maxNewTokens: MADE,
      temperature: 1,
      draw: { seed: 1, stream: 'sampling', step: 0, phase: 0, rollouts },
      cache: rollouts,
    });
  // The first run compiles on some adapters. It also reads the prompts, which later runs find in the cache.
  const completions = await generate();
  const repeated = async (times: number) => {
    for (let i = 0; i < times; i++) await generate();
  };
  const [milliseconds] = await leastMilliseconds([repeated], { lasting: MEASUREMENT, most: MOST_REPETITIONS });
  return { completions, milliseconds: milliseconds / MADE };
}

const agree = (found: readonly Completion[], expected: readonly Completion[]) =>
  expected.every(
    ({ ids, logprobs }, i) =>
      ids.every((id, n) => id === found[i].ids[n]) &&
      logprobs.every((logprob, n) => Math.abs(logprob - found[i].logprobs[n]) < TOLERANCE),
  );
