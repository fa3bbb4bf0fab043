import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/random/philox';
import type { PolicySample } from '../../src/model/agent';
import { oracleState, randomState, superviseGradient } from '../oracle/agent';
import { relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { backward, forward, tensors, type Model } from '../oracle/decoder';
import { jaxValueAndGradient } from '../oracle/jax';
import { clippedSurrogate, throughLogprobs, tokenLogprobs } from '../oracle/losses';

const batch = [
  [1, 7, 7, 30, 2, 19],
  [1, 36, 0, 7],
  [3, 2],
];
const weights = [
  [0, 0, 1, 0.5, 0, 2],
  [0, 1, 1, 1],
  [0, 0.25],
];

const modelOf = (config: (typeof tinyConfigs)[string], seed = 1) => {
  const random = new Random(seed, 'weights');
  return oracleState(randomState(config, () => random.uniform()));
};

/** Tokens 1 … of each sequence, end to end, as `jaxValueAndGradient` passes log-probabilities. */
const flat = (rows: readonly (readonly number[])[]) =>
  np.array(Float64Array.from(rows.flatMap((row) => row.slice(1))), { dtype: np.float64 });

function expectEqualTensors(
  model: Model,
  gradient: Float64Array,
  expected: Map<string, Float64Array>,
  tolerance: number,
) {
  const tensor = tensors(model.layout, gradient);
  for (const { name } of model.layout.tensors) {
    const reference = expected.get(name) ?? [];
    expect(Math.max(...reference.map(Math.abs)), name).toBeGreaterThan(0);
    expect(relativeDifference(tensor(name), reference), name).toBeLessThan(tolerance);
  }
}

describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
  test('cross-entropy and its gradient equal automatic differentiation', async () => {
    const model = modelOf(config);
    const { loss, gradient } = superviseGradient(
      model,
      batch.map((ids, s) => ({ ids, weights: weights[s] })),
    );
    const total = weights.flat().reduce((a, b) => a + b);
    const jax = await jaxValueAndGradient(model, batch, (l) => np.sum(l.mul(flat(weights))).div(-total));
    expect(loss).toBeCloseTo(jax.value, 12);
    expectEqualTensors(model, gradient, jax.gradient, 1e-12);
  });

  test('equals finite differences at entries of every tensor', () => {
    const model = modelOf(config, 3);
    const examples = batch.map((ids, s) => ({ ids, weights: weights[s] }));
    const { gradient } = superviseGradient(model, examples);
    const random = new Random(4, 'sampling');
    const step = 1e-5;
    for (const { name, offset, size } of model.layout.tensors) {
      for (let n = 0; n < 3; n++) {
        // The embedding of a token of the batch, where it has a gradient from both of its ends when tied.
        const at = offset + (name.includes('embed') ? 7 * config.hidden_size + n : random.integer(size));
        const lossAt = (change: number) => {
          const parameters = model.parameters.slice();
          parameters[at] += change;
          return superviseGradient({ ...model, parameters }, examples).loss;
        };
        const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
        expect(Math.abs(gradient[at] - slope), `${name}[${at - offset}]`).toBeLessThan(1e-8);
      }
    }
  });
});

test.each(['tokens', 'sequences'] as const)(
  'clipped surrogate, mean over %s, equals automatic differentiation',
  async (lossMean) => {
    const model = modelOf(tinyConfigs['tied, grouped-query']);
    const random = new Random(2, 'sampling');
    const traces = batch.map((ids) => forward(model, ids));
    const logprobs = traces.map(tokenLogprobs);
    const samples: PolicySample[] = batch.map((ids, s) => ({ ids, learnableFrom: [3, 2, 1][s], reward: 0 }));
    const old = logprobs.map((row) => row.map((x) => x + random.uniform() - 0.5));
    const advantages = samples.map(({ ids, learnableFrom }) =>
      ids.slice(learnableFrom).map(() => 2 * random.uniform() - 1),
    );
    const epsilon = 0.2;
    const { loss, slopes, clipped } = clippedSurrogate(samples, logprobs, old, advantages, { epsilon, lossMean });
    expect(clipped).toBeGreaterThan(0);
    const gradient = new Float64Array(model.layout.size);
    traces.forEach((trace, s) => backward(model, trace, throughLogprobs(trace, slopes[s]), gradient));

    const padded = advantages.map((row, s) => [...Array<number>(samples[s].learnableFrom).fill(0), ...row]);
    const shares = advantages.map((row, s) => {
      const share = lossMean === 'tokens' ? 1 / advantages.flat().length : 1 / (3 * row.length);
      return padded[s].map((_, i) => (i < samples[s].learnableFrom ? 0 : share));
    });
    const jax = await jaxValueAndGradient(model, batch, (l) => {
      const ratio = np.exp(l.sub(flat(old)));
      const bounded = np.clip(ratio.ref, 1 - epsilon, 1 + epsilon);
      const surrogate = np.minimum(ratio.mul(flat(padded)), bounded.mul(flat(padded)));
      return np.sum(surrogate.mul(flat(shares))).mul(-1);
    });
    expect(loss).toBeCloseTo(jax.value, 12);
    expectEqualTensors(model, gradient, jax.gradient, 1e-12);
  },
);
