import type { Gpu } from '../../gpu/device';
import { extensionsOf } from '../../gpu/kernels/product';
import type { LlamaConfig } from '../../model/config';
import { selfCheck } from '../../lm/self-check';
import { tune, type Trial } from '../../lm/tuner';
import { plainVariants, roles, unhalved, variantNames, variantsNamed, type Variants } from '../../lm/variants';

/** The plain kernels, or those that are fastest on this adapter. */
export const kernelChoices = ['tuned', 'plain'] as const;
export type KernelChoice = (typeof kernelChoices)[number];

/** Remembers what was found, so that an adapter is tuned once for a build and a model. */
export interface TuningMemory {
  read(key: string): Promise<Tuned | null>;
  write(key: string, tuned: Tuned): Promise<void>;
}

/** Keys begin with the adapter, so that all of one adapter can be forgotten at once. */
export function tuningKeyPrefix(adapter: string): string {
  return `[${JSON.stringify(adapter)},`;
}

export interface Tuned {
  /** By role, as a run records them. */
  variants: Record<string, string>;
  trials: Trial[];
}

export interface KernelWish {
  choice: KernelChoice;
  /** What a run that goes on was computed with: it is replayed where this build knows it and the GPU can. */
  recorded: Readonly<Record<string, string>>;
  /** Version of the program. */
  build: string;
  memory: TuningMemory;
}

/** The variants that a model is to run, and what was ever timed for it here. Throws the GPU's errors. */
export async function chooseVariants(
  gpu: Gpu,
  config: LlamaConfig,
  room: { tokens: number; slots: number; newTokens: number },
  { choice, recorded, build, memory }: KernelWish,
): Promise<{ variants: Variants; trials: Trial[] }> {
  const { hidden_size, intermediate_size, num_hidden_layers } = config;
  const shape = [hidden_size, intermediate_size, num_hidden_layers];
  const key = JSON.stringify([gpu.adapter.description, build, ...shape, room.tokens, room.slots]);
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
  const tuning = await tune(gpu, config, room);
  if (tuning.variants.training.half && !(await selfCheck(gpu, undefined, tuning.variants)).passed) {
    tuning.variants = unhalved(tuning.variants);
  }
  await memory.write(key, { variants: variantNames(tuning.variants), trials: tuning.trials });
  return tuning;
}
