/** Low-rank adaptation (Hu et al. 2021): a frozen matrix W becomes W + scale · B·A. Names are PEFT's. */
import type { LlamaConfig } from './config';
import { parameterLayout, type TensorPlace } from './layout';

export const loraTargets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LoraTarget = (typeof loraTargets)[number];

/** Keys as in adapter_config.json. */
export interface LoraConfig {
  r: number;
  lora_alpha: number;
  target_modules: readonly LoraTarget[];
  /** Indices of the layers that have adapters; null for all. */
  layers_to_transform: readonly number[] | null;
  /** The scale is alpha / √r, not alpha / r (Kalajdzievski 2023). */
  use_rslora: boolean;
  /** Ranks and alphas of single modules, by their names' ends; the first that fits is taken. */
  rank_pattern: Readonly<Record<string, number>>;
  alpha_pattern: Readonly<Record<string, number>>;
}

/** Rank 16, alpha 32, every projection of every layer. */
export const defaultLora: LoraConfig = {
  ...{ r: 16, lora_alpha: 32, target_modules: loraTargets, layers_to_transform: null, use_rslora: false },
  ...{ rank_pattern: {}, alpha_pattern: {} },
};

/** The adapter of one projection. A is [rank, inputs], B is [outputs, rank]. */
export interface LoraModule {
  /** As transformers names it: model.layers.0.self_attn.q_proj. */
  name: string;
  layer: number;
  target: LoraTarget;
  a: TensorPlace;
  b: TensorPlace;
  scale: number;
}

/** Where an adapter's tensors stand in the one flat array that its values, gradients and moments share. In floats. */
export interface LoraLayout {
  modules: readonly LoraModule[];
  tensors: readonly TensorPlace[];
  /** Floats in the array, gaps included. */
  size: number;
  /** Parameters, gaps left out. */
  count: number;
}

/** Bindings of a GPU start at multiples of 256 bytes. */
const ALIGN = 64;

/** An adapter that has no place in a model; the message says which key, and what would fit. */
export class LoraConfigError extends Error {
  override name = 'LoraConfigError';
}

/** Throws `LoraConfigError` for what this model has no place for. */
export function loraLayout(config: LlamaConfig, lora: LoraConfig): LoraLayout {
  const layers = checkedLayers(config, lora);
  if (lora.target_modules.length === 0) throw new LoraConfigError('target_modules is empty. Name a projection.');
  const shapes = new Map(parameterLayout(config).tensors.map(({ name, shape }) => [name, shape]));
  const modules: LoraModule[] = [];
  let end = 0;
  let count = 0;
  const tensor = (name: string, ...shape: number[]): TensorPlace => {
    const size = shape.reduce((a, b) => a * b);
    const offset = end;
    end = Math.ceil((offset + size) / ALIGN) * ALIGN;
    count += size;
    return { name, shape, offset, size };
  };
  for (const layer of layers) {
    for (const target of loraTargets.filter((one) => lora.target_modules.includes(one))) {
      const name = `model.layers.${layer}.${partOf(target)}.${target}`;
      const [outputs, inputs] = shapes.get(`${name}.weight`)!;
      const rank = patterned(lora.rank_pattern, name) ?? lora.r;
      const alpha = patterned(lora.alpha_pattern, name) ?? lora.lora_alpha;
      if (!(Number.isInteger(rank) && rank >= 1 && rank <= Math.min(outputs, inputs))) {
        const most = Math.min(outputs, inputs);
        throw new LoraConfigError(`The rank of ${name} is ${rank}. It is a whole number from 1 to ${most}.`);
      }
      if (!Number.isFinite(alpha)) throw new LoraConfigError(`The alpha of ${name} is ${alpha}, not a number.`);
      const a = tensor(`${name}.lora_A.weight`, rank, inputs);
      const b = tensor(`${name}.lora_B.weight`, outputs, rank);
      modules.push({ name, layer, target, a, b, scale: alpha / (lora.use_rslora ? Math.sqrt(rank) : rank) });
    }
  }
  return { modules, tensors: modules.flatMap(({ a, b }) => [a, b]), size: end, count };
}

const partOf = (target: LoraTarget) => (/^[qkvo]_proj$/.test(target) ? 'self_attn' : 'mlp');

function checkedLayers({ num_hidden_layers: all }: LlamaConfig, { layers_to_transform: chosen }: LoraConfig): number[] {
  if (chosen === null) return Array.from({ length: all }, (_, i) => i);
  const stray = chosen.find((layer) => !(Number.isInteger(layer) && layer >= 0 && layer < all));
  if (stray !== undefined) {
    throw new LoraConfigError(`layers_to_transform names layer ${stray}, and the model has layers 0 to ${all - 1}.`);
  }
  if (chosen.length === 0) throw new LoraConfigError('layers_to_transform is empty. Leave it out for all layers.');
  return [...new Set(chosen)].sort((a, b) => a - b);
}

/** A pattern fits a whole name, or its end behind a dot; PEFT reads it as a regular expression, of which these are the plain ones. */
function patterned(patterns: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.entries(patterns).find(([key]) => name === key || name.endsWith(`.${key}`))?.[1];
}
