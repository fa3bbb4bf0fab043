import type { Gpu } from '../../gpu/device';
import { extensionsOf } from '../../gpu/kernels/product';
import type { LlamaConfig } from '../../model/config';
import type { Trial, VariantWish } from '../../model/variants';
import { selfCheck } from '../self-check';
import { tune } from '../tuner';
import { plainVariants, roles, unhalved, variantNames, variantsNamed, type Variants } from '../variants';
import type { TuningMemory } from './tuning-memory';

/** The version of the program for which tunings hold, and where they are remembered. */
export interface TuningScope {
  build: string;
  memory: TuningMemory;
}

/** What is wished for where nothing is said. */
export const plainWish: VariantWish = { choice: 'plain', recorded: {} };

/** The variants that a model is to run, and what was ever timed for it here. Throws the GPU's errors. */
export async function chooseVariants(
  gpu: Gpu,
  config: LlamaConfig,
  capacity: { tokens: number; slots: number; newTokens: number },
  { choice, recorded }: VariantWish,
  { build, memory }: TuningScope,
): Promise<{ variants: Variants; trials: Trial[] }> {
  const { hidden_size, intermediate_size, num_hidden_layers } = config;
  const shape = [hidden_size, intermediate_size, num_hidden_layers];
  const key = JSON.stringify([gpu.adapter.description, build, ...shape, capacity.tokens, capacity.slots]);
  const known = await memory.read(key);
  const trials = known?.trials ?? [];
  /** The variants of these names, if this build knows them and this GPU computes them. */
  const named = (names: Readonly<Record<string, string>>): Variants | null => {
    const found = variantsNamed(names);
    return found && gpu.allows(roles.flatMap((role) => extensionsOf(found[role]))) ? found : null;
  };
  const replayed = named(recorded);
  if (replayed) return { variants: replayed, trials };
  if (choice === 'plain') return { variants: plainVariants, trials };
  const remembered = known && named(known.variants);
  if (remembered) return { variants: remembered, trials };
  const tuning = await tune(gpu, config, capacity);
  if (tuning.variants.training.half && !(await selfCheck(gpu, undefined, tuning.variants)).passed) {
    tuning.variants = unhalved(tuning.variants);
  }
  await memory.write(key, { variants: variantNames(tuning.variants), trials: tuning.trials });
  return tuning;
}
