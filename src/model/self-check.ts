import { Random } from '../random/philox';
import type { LlamaConfig } from './config';
import { parameterLayout, type ParameterLayout } from './layout';
import numbers from './self-check.json';
import type { SelfCheck } from './backend';
import type { AgentState } from './state';
import type { SupervisedOptions, SupervisedSequence } from './trainable-model';

/** What the check compares, each kind on its own scale. */
export interface CheckedNumbers {
  /** Log-probability of every token of `problem`. */
  logprobs: number[];
  /** Global gradient norm and, tensor by tensor, one weighted sum of the gradient. */
  gradient: number[];
  /** The same sums of how far one AdamW step moved the parameters. */
  step: number[];
}

/** f32 sums differ by their order alone by about 1e-6; a wrong driver differs by far more. */
const TOLERANCE = 1e-3;

/** The smallest level's shape, so that its kernels are compiled once for both. */
const config: LlamaConfig = {
  vocab_size: 29,
  hidden_size: 32,
  intermediate_size: 88,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  head_dim: 16,
  max_position_embeddings: 16,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
};

/** A model in the middle of its training, and a batch: the same on every machine, since none rounds them differently. */
export function problem(): {
  state: AgentState;
  examples: SupervisedSequence[];
  options: SupervisedOptions;
} {
  const { size, tensors } = parameterLayout(config);
  const random = new Random(0, 'weights');
  const fill = (value: (isNorm: boolean) => number) => {
    const values = new Float32Array(size);
    for (const { shape, offset, size: count } of tensors) {
      for (let i = 0; i < count; i++) values[offset + i] = value(shape.length === 1);
    }
    return values;
  };
  const parameters = fill((isNorm) => (isNorm ? 0.75 + 0.5 * random.uniform() : random.uniform() - 0.5));
  const state: AgentState = {
    config,
    parameters,
    firstMoment: fill(() => (random.uniform() - 0.5) / 64),
    secondMoment: fill(() => (random.uniform() + 0.5) / 4096),
    reference: parameters.slice(),
    updates: 10,
  };
  const examples = [13, 7].map((length) => {
    const ids = Array.from({ length }, () => random.integer(config.vocab_size));
    return { ids, weights: ids.map(() => 1) };
  });
  return { state, examples, options: { learningRate: 1 / 256, gradientClip: 1 } };
}

/** One number a tensor: its sum under weights, which any permutation or lost element changes. */
export function tensorSums({ tensors }: ParameterLayout, values: ArrayLike<number>): number[] {
  return tensors.map(({ offset, size }) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += values[offset + i] * (((i * 7) % 11) - 4);
    return sum;
  });
}

/** Compares what a backend computed with the numbers on file, which a double-precision decoder wrote. */
export function compareNumbers(
  found: CheckedNumbers,
  tolerance = TOLERANCE,
  expected: CheckedNumbers = numbers,
): SelfCheck {
  let worst = 0;
  for (const kind of ['logprobs', 'gradient', 'step'] as const) {
    const largest = Math.max(...expected[kind].map(Math.abs));
    expected[kind].forEach((value, i) => {
      const difference = Math.abs(found[kind][i] - value) / largest;
      // A NaN is as wrong as can be, and a maximum would lose it.
      worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
    });
  }
  return { passed: worst < tolerance, worst };
}
