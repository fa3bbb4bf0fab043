import { blockingName, blockingOf, plain, type Blocking } from '../gpu/kernels/product';

/** Kinds of matrix product that are tuned apart. */
export const roles = ['training', 'decoding', 'few', 'gradient'] as const;

/**
 * training: many tokens at once. decoding: one token of each of many sequences. few: the same of at most `FEW`.
 * gradient: weight gradients.
 */
export type Role = (typeof roles)[number];

/**
 * How a token is generated: by the dispatches of a pass for all sequences, or many tokens of each sequence in one dispatch
 * (decode.ts).
 */
export const generationModes = ['pass', 'single'] as const;
export type GenerationMode = (typeof generationModes)[number];

/** Which variant of its products a model runs, and how it generates, many sequences and at most `FEW`. */
export interface Variants extends Record<Role, Blocking> {
  generation: GenerationMode;
  generationFew: GenerationMode;
}

/** Most sequences that decode in the variants for few. */
export const FEW = 4;

export const plainVariants: Variants = {
  training: plain,
  decoding: plain,
  few: plain,
  gradient: plain,
  generation: 'pass',
  generationFew: 'pass',
};

const tiled = blockingOf(8, 8, 1, { through: 'tiles' });
const lanes = blockingOf(8, 4, 4, { across: 64, through: 'lanes' });

const many = [blockingOf(16, 8, 1), blockingOf(16, 8, 4), tiled, blockingOf(8, 4, 1)];

/**
 * What is tried for each role, the most promising first: small blocks keep a GPU busy where there is little work, large
 * ones read less, tiles help where memory is slower than arithmetic, and unrolling, which takes longer to compile, where a turn
 * of the loop is dear. Blocks of 16 × 16 were faster still on one software adapter, but take drivers too long to compile.
 */
export const candidates: Readonly<Record<Role, readonly Blocking[]>> = {
  training: [...many, lanes],
  gradient: many,
  decoding: [blockingOf(8, 4, 1), blockingOf(16, 8, 4), tiled, blockingOf(16, 8, 1)],
  few: [blockingOf(8, 4, 1, { across: 1 }), blockingOf(8, 4, 4, { across: 1 }), blockingOf(8, 4, 1)],
};

/** The names that a run records. */
export const variantNames = (variants: Variants): Record<keyof Variants, string> => ({
  training: blockingName(variants.training),
  decoding: blockingName(variants.decoding),
  few: blockingName(variants.few),
  gradient: blockingName(variants.gradient),
  generation: variants.generation,
  generationFew: variants.generationFew,
});

const withHalf = (variants: Variants, half: boolean): Variants => ({
  ...variants,
  training: { ...variants.training, half },
  decoding: { ...variants.decoding, half },
  few: { ...variants.few, half },
});

/** The same variants with parameters in f16 where products read them (weight gradients read none), and without. */
export const halved = (variants: Variants): Variants => withHalf(variants, true);
export const unhalved = (variants: Variants): Variants => withHalf(variants, false);

/** Runs of before there was another way name none. */
const modeNamed = (name = 'pass') => generationModes.find((one) => one === name);

/** The variants of recorded names; null where one is unknown here, or none is recorded. */
export function variantsNamed(names: Readonly<Record<string, string>>): Variants | null {
  const half = names.training?.endsWith('/f16');
  const found = roles.map((role) =>
    [plain, ...candidates[role]]
      .map((one) => ({ ...one, half: half && role !== 'gradient' }))
      .find((one) => blockingName(one) === names[role]),
  );
  const [training, decoding, few, gradient] = found;
  const [generation, generationFew] = [modeNamed(names.generation), modeNamed(names.generationFew)];
  if (!(training && decoding && few && gradient && generation && generationFew)) return null;
  return { training, decoding, few, gradient, generation, generationFew };
}
