/** Adapters on the processor: against a model with merged weights in double precision, and against PEFT's numbers. */
import { afterAll, describe, expect, it } from 'vitest';
import { adam } from '../../src/model/adam';
import type { UpdateOptions } from '../../src/model/agent';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { defaultLora, loraLayout, loraTargets, type LoraConfig } from '../../src/model/lora';
import { initialLora, mergeLora } from '../../src/model/lora-state';
import { Random } from '../../src/random/philox';
import { oracleState, randomState, superviseGradient, updatePolicy, type Example } from '../oracle/agent';
import { tinyConfigs } from '../oracle/configs';
import { missing, readSmolLM2, smolLM2Golden } from '../oracle/smollm2';
import { end, openCpu } from './open';

type Values = Float32Array<ArrayBuffer>;

const backend = openCpu(undefined, { mostBytes: 2 ** 33 });
afterAll(() => backend.close());

const room = {
  length: 41,
  training: { tokens: 600, sequences: 40 },
  generation: { slots: 4, newTokens: 16 },
  advice: String,
};
const adaptations: Record<string, Partial<LoraConfig>> = {
  'all projections': {},
  'queries and values, rank-stabilised': { target_modules: ['q_proj', 'v_proj'], use_rslora: true },
  'the last layer alone, ranks and alphas by pattern': {
    ...{ layers_to_transform: [1], rank_pattern: { down_proj: 5 }, alpha_pattern: { 'self_attn.q_proj': 3 } },
  },
};

function setUp(config: LlamaConfig, more: Partial<LoraConfig>) {
  const random = new Random(5, 'weights');
  const { parameters: base } = randomState(config, () => random.uniform());
  const lora: LoraConfig = { ...defaultLora, r: 3, lora_alpha: 6, ...more };
  const state = initialLora(config, lora, 7, 0);
  // B is not zero any more, as after some steps.
  for (const { b } of loraLayout(config, lora).modules) {
    for (let i = b.offset; i < b.offset + b.size; i++) state.parameters[i] = 0.3 * (random.uniform() - 0.5);
  }
  state.reference.set(initialLora(config, lora, 7, 0).parameters);
  const sequences = Array.from({ length: 5 }, (_, s) => {
    return Array.from({ length: 6 + 3 * s }, () => 6 + random.integer(config.vocab_size - 6));
  });
  return { base, lora, state, sequences };
}

/** The gradient of adapters by the chain rule, from that of the weights that they are merged into: dA = s·Bᵀ·dW, dB = s·dW·Aᵀ. */
function throughMerge(
  config: LlamaConfig,
  lora: LoraConfig,
  adapters: ArrayLike<number>,
  gradient: Float64Array,
): Float64Array {
  const layout = loraLayout(config, lora);
  const places = new Map(parameterLayout(config).tensors.map((place) => [place.name, place]));
  const result = new Float64Array(layout.size);
  for (const { name, a, b, scale } of layout.modules) {
    const { offset, shape } = places.get(`${name}.weight`)!;
    const [outputs, inputs] = shape;
    for (let out = 0; out < outputs; out++) {
      for (let r = 0; r < a.shape[0]; r++) {
        for (let i = 0; i < inputs; i++) {
          const dW = scale * gradient[offset + out * inputs + i];
          result[a.offset + r * inputs + i] += dW * adapters[b.offset + out * a.shape[0] + r];
          result[b.offset + out * a.shape[0] + r] += dW * adapters[a.offset + r * inputs + i];
        }
      }
    }
  }
  return result;
}

function mergedParameters(config: LlamaConfig, base: Values, lora: LoraConfig, adapters: Values): Values {
  const merged = base.slice();
  mergeLora(config, merged, lora, adapters);
  return merged;
}

/** A model of merged weights in double precision. */
const mergedOracle = (config: LlamaConfig, base: Values, lora: LoraConfig, adapters: Values) =>
  oracleState({
    ...{ config, updates: 0, firstMoment: base, secondMoment: base, reference: base },
    parameters: mergedParameters(config, base, lora, adapters),
  });

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each(Object.entries(tinyConfigs))('adapters on a model that is %s', (_, config) => {
  describe.each(Object.entries(adaptations))('of %s', (__, more) => {
    const { base, lora, state, sequences } = setUp(config, more);
    const open = async () =>
      (await backend.open({ only: state }, room, { rules: { endTokens: [end] }, base })).models.only;
    const examples: Example[] = sequences.map((ids) => ({ ids, weights: ids.map((_, i) => (i % 3 === 0 ? 0 : 1)) }));

    it('score as the merged model does', async () => {
      const model = await open();
      const merged = mergedParameters(config, base, lora, state.parameters);
      const whole = {
        ...state,
        lora: null,
        parameters: merged,
        firstMoment: base,
        secondMoment: base,
        reference: base,
      };
      const { models } = await backend.open({ only: whole }, room, { rules: { endTokens: [end] } });
      const [ours, theirs] = [await model.score(sequences), await models.only.score(sequences)];
      ours.forEach(({ logprobs }, s) => expect(furthest(logprobs, theirs[s].logprobs)).toBeLessThan(1e-4));
      const draw = { seed: 1, stream: 'sampling', step: 1, rollouts: [0, 1, 2, 3, 4], phase: 0 } as const;
      const options = { maxNewTokens: 12, temperature: 1, draw };
      const [written, plain] = [
        await model.generate(sequences, options),
        await models.only.generate(sequences, options),
      ];
      expect(written.map(({ ids }) => ids)).toEqual(plain.map(({ ids }) => ids));
      expect(furthest(await model.next(sequences[0]), await models.only.next(sequences[0]))).toBeLessThan(1e-4);
    });

    it('have the gradient of double precision', async () => {
      const model = await open();
      const { loss, grad_norm } = await model.supervise(examples, { learningRate: 0, gradientClip: 1 });
      const oracle = superviseGradient(mergedOracle(config, base, lora, state.parameters), examples);
      const gradient = throughMerge(config, lora, state.parameters, oracle.gradient);
      expect(Math.abs(loss - oracle.loss)).toBeLessThan(1e-5);
      expect(furthest(model.gradient, gradient)).toBeLessThan(1e-4 * largest(gradient));
      expect(grad_norm).toBeCloseTo(Math.hypot(...gradient), 4);
    });
  });
});

describe('adapters that learn', () => {
  const [config] = Object.values(tinyConfigs);
  const { base, lora, state, sequences } = setUp(config, {});
  const open = async (microBatchTokens?: number) => {
    const training = { ...room.training, ...(microBatchTokens && { microBatchTokens }) };
    const { models } = await backend.open(
      { one: state, two: state },
      { ...room, training },
      { rules: { endTokens: [end] }, base },
    );
    return models;
  };

  it('are where 200 plain steps in double precision lead', { timeout: 60_000 }, async () => {
    const { one, two } = await open();
    const plain = Float64Array.from(state.parameters);
    const [m, v] = [new Float64Array(plain.length), new Float64Array(plain.length)];
    const learningRate = 1e-3;
    for (let step = 1; step <= 200; step++) {
      const examples = [0, 1].map((i): Example => {
        const ids = sequences[(step + i) % sequences.length];
        return { ids, weights: ids.map(() => 1) };
      });
      const { loss } = await one.supervise(examples, { learningRate, gradientClip: 1e9 });
      const oracle = mergedOracle(config, base, lora, Float32Array.from(plain));
      const found = superviseGradient(oracle, examples);
      const gradient = throughMerge(config, lora, plain, found.gradient);
      for (let i = 0; i < plain.length; i++) {
        m[i] = adam.beta1 * m[i] + (1 - adam.beta1) * gradient[i];
        v[i] = adam.beta2 * v[i] + (1 - adam.beta2) * gradient[i] ** 2;
        const rate = learningRate / (1 - adam.beta1 ** step);
        plain[i] -= (rate * m[i]) / (Math.sqrt(v[i] / (1 - adam.beta2 ** step)) + adam.epsilon);
      }
      expect(Math.abs(loss - found.loss)).toBeLessThan(2e-3);
    }
    const { parameters, updates } = await one.save();
    expect(updates).toBe(200);
    const moved = Math.hypot(...plain.map((value, i) => value - state.parameters[i]));
    expect(Math.hypot(...plain.map((value, i) => value - parameters[i]))).toBeLessThan(0.02 * moved);
    // The other model on the same base stands where it stood.
    expect((await two.save()).parameters).toEqual(state.parameters);
  });

  it.each([undefined, 41])('take a policy step as the merged model would, %s tokens at once', async (tokens) => {
    const { one } = await open(tokens);
    const options: UpdateOptions = {
      ...{ learningRate: 0, beta: 0.1, epsilon: 0.2, lossMean: 'tokens', normalize: true, updatesPerBatch: 1 },
      gradientClip: 1e9,
    };
    const samples = sequences.map((ids, i) => ({ ids, learnableFrom: 3, reward: i % 2 }));
    const report = await one.update(samples, options);
    const oracle = mergedOracle(config, base, lora, state.parameters);
    const reference = Float64Array.from(mergedParameters(config, base, lora, state.reference));
    const { losses, kl, entropy, advantages } = updatePolicy({ ...oracle, reference }, samples, options);
    expect(report.loss).toBeCloseTo(losses[0], 4);
    expect(report.kl).toBeCloseTo(kl, 4);
    expect(report.entropy).toBeCloseTo(entropy, 4);
    expect(furthest(report.advantages, advantages)).toBeLessThan(1e-3);
  });

  it('are anchored, saved and loaded like any model', async () => {
    const { one, two } = await open();
    await one.supervise([{ ids: sequences[0], weights: sequences[0].map(() => 1) }], {
      learningRate: 1e-2,
      gradientClip: 1,
    });
    one.anchor();
    const saved = await one.save();
    expect(saved.lora).toEqual(lora);
    expect(saved.reference).toEqual(saved.parameters);
    two.load(saved);
    expect(await two.save()).toEqual(saved);
    expect(() => two.load({ ...saved, lora: { ...lora, lora_alpha: 7 } })).toThrow(/other adapters/);
  });

  it('need their base', async () => {
    const options = { rules: { endTokens: [end] } };
    await expect(backend.open({ state }, room, options)).rejects.toThrow(/another base/);
    await expect(backend.open({ state }, room, { ...options, base: base.slice(1) })).rejects.toThrow(/another base/);
  });
});

describe.skipIf(missing !== null)(`adapters on SmolLM2-135M-Instruct${missing === null ? '' : ` (${missing})`}`, () => {
  it('have the loss and the gradients of PEFT', { timeout: 120_000 }, async () => {
    const { lora: known, score } = smolLM2Golden();
    const { config, parameters: base } = await readSmolLM2();
    const lora: LoraConfig = { ...defaultLora, r: known.r, lora_alpha: known.alpha, target_modules: loraTargets };
    const state = initialLora(config, lora, 1, 0);
    const layout = loraLayout(config, lora);
    for (const { layer, a, b } of layout.modules) {
      for (let i = 0; i < a.size; i++) state.parameters[a.offset + i] = 0.02 * Math.sin(1 + layer + i);
      for (let i = 0; i < b.size; i++) state.parameters[b.offset + i] = 0.02 * Math.cos(1 + layer + i);
    }
    const opened = await backend.open(
      { only: state },
      { length: 64, training: { tokens: 64, sequences: 1 }, generation: null, advice: String },
      { rules: { endTokens: [2] }, base },
    );
    const { only: model } = opened.models;
    const [{ logprobs }] = await model.score([score.ids]);
    expect(furthest(logprobs, known.logprobs)).toBeLessThan(2e-4);
    const example = { ids: score.ids, weights: score.ids.map(() => 1) };
    const { loss, grad_norm } = await model.supervise([example], { learningRate: 0, gradientClip: 1 });
    expect(Math.abs(loss - known.mean_nll)).toBeLessThan(2e-4);
    expect(Math.abs(grad_norm / known.global_gradient_norm - 1)).toBeLessThan(1e-3);
    for (const [name, { shape, norm, first }] of Object.entries(known.gradients)) {
      const place = layout.tensors.find((tensor) => tensor.name === name)!;
      expect(place.shape).toEqual(shape);
      const values = model.gradient.subarray(place.offset, place.offset + place.size);
      expect(Math.abs(Math.hypot(...values) / norm - 1)).toBeLessThan(1e-3);
      first.forEach((value, i) => expect(Math.abs(values[i] - value)).toBeLessThan(1e-3 * norm));
    }
    opened.close();
  });
});
