import { defaultLora } from '../src/model/lora';
import type { LlamaConfig } from '../src/model/config';
import { initialState } from '../src/model/init';
import { sizedConfig, sizes, type SizeName } from '../src/model/sizes';
import { Random } from '../src/random/philox';
import type { Start } from './contender';

/**
 * What is measured. `warmUps` come first and do not count: the first one compiles, and WebAssembly engines compile on in
 * the background. A workload with `full` is left out of a short bench.
 */
export interface TrainingWorkload {
  size: SizeName;
  sequences: number;
  length: number;
  warmUps: number;
  runs: number;
  full?: true;
}

export interface GenerationWorkload {
  size: SizeName;
  batch: number;
  promptTokens: number;
  newTokens: number;
  warmUps: number;
  runs: number;
  full?: true;
}

/** A chat model reads prompts, and writes one token behind each or, where an answer is measured, `newTokens` more. */
export interface ChatWorkload {
  what: 'prompt' | 'answer';
  batch: number;
  promptTokens: number;
  newTokens: number;
  warmUps: number;
  runs: number;
}

export const vocabulary = 256;

export const trainingWorkloads: readonly TrainingWorkload[] = [
  { size: '0.1M', sequences: 16, length: 64, warmUps: 2, runs: 7 },
  { size: '0.9M', sequences: 16, length: 128, warmUps: 1, runs: 3 },
  { size: '5M', sequences: 16, length: 128, warmUps: 1, runs: 2 },
  { size: '0.9M', sequences: 4, length: 512, warmUps: 1, runs: 3, full: true },
  { size: '0.9M', sequences: 2, length: 1024, warmUps: 1, runs: 3, full: true },
  { size: '15M', sequences: 16, length: 128, warmUps: 1, runs: 3, full: true },
  { size: '30M', sequences: 16, length: 128, warmUps: 1, runs: 3, full: true },
];

const prompt = { promptTokens: 32, newTokens: 32 } as const;

export const generationWorkloads: readonly GenerationWorkload[] = [
  { size: '0.1M', batch: 1, ...prompt, warmUps: 1, runs: 5 },
  { size: '0.1M', batch: 16, ...prompt, warmUps: 1, runs: 5 },
  { size: '0.1M', batch: 64, ...prompt, warmUps: 1, runs: 3 },
  { size: '0.9M', batch: 16, ...prompt, warmUps: 1, runs: 3, full: true },
  { size: '5M', batch: 16, ...prompt, warmUps: 1, runs: 3, full: true },
];

/** The first one opens the model. An answer's prompt is short: it is read twice, and its time is taken off. */
export const chatWorkloads: readonly ChatWorkload[] = [
  { what: 'prompt', batch: 1, promptTokens: 256, newTokens: 0, warmUps: 1, runs: 2 },
  { what: 'prompt', batch: 32, promptTokens: 64, newTokens: 0, warmUps: 1, runs: 1 },
  { what: 'answer', batch: 1, promptTokens: 8, newTokens: 24, warmUps: 1, runs: 3 },
  { what: 'answer', batch: 32, promptTokens: 8, newTokens: 24, warmUps: 1, runs: 1 },
];

/** Side by side at most, and how long they are then: one alone may be longer, and takes less. */
export const chatSlots = { slots: 32, length: 96 } as const;

/** Rank 16, alpha 32, all projections. */
export const lora = defaultLora;

/** Steps of adapters of a chat model, every token learned. */
export interface LoraWorkload {
  sequences: number;
  length: number;
  /** By us. */
  tokensAtOnce: number;
  warmUps: number;
  runs: number;
}

export const loraWorkload: LoraWorkload = { sequences: 24, length: 110, tokensAtOnce: 512, warmUps: 1, runs: 3 };

/** SmolLM2-135M's shape. */
export const smolLM: LlamaConfig = {
  vocab_size: 49_152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  head_dim: 64,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 100_000,
  tie_word_embeddings: true,
};

/** RL steps, and runs of each matrix product and of each shape of a step, unless the command line says otherwise. */
export const RL_RUNS = 3;
export const MATMUL_RUNS = 3;
export const SCALING_RUNS = 3;
export const PREFILL_RUNS = 5;

/** Presets whose RL steps are measured, on both backends. */
export const rlPresets = ['quick', 'standard'] as const;

/** The model that a workload starts from: seeded, so the same for every contender and every run of the bench. */
export function start(size: SizeName, positions: number): Start {
  return initialState(sizedConfig(sizes[size], vocabulary, positions), 1, 0);
}

/** Batch number `step`: sequences of a noisy rule, so that there is something to learn and losses move. */
export function batch({ vocab_size }: LlamaConfig, sequences: number, length: number, step: number): number[][] {
  return Array.from({ length: sequences }, (_, s) => {
    const random = new Random(1, 'prompts', [step, s, 0]);
    const ids = [random.integer(vocab_size)];
    while (ids.length < length) {
      const last = ids[ids.length - 1];
      ids.push(random.chance(0.75) ? (7 * last + 3) % vocab_size : random.integer(vocab_size));
    }
    return ids;
  });
}
