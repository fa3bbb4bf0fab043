import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LanguageModel } from '../../src/lm/language-model';
import { checkConfig, type LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { sizedConfig, sizes, type SizeName } from '../../src/model/sizes';
import { TrainingWorkspace } from '../../src/lm/workspace';
import { Random } from '../../src/random/philox';
import { generate, oracleState, randomState, supervise, superviseGradient } from '../oracle/agent';
import { randomExamples, randomPrompts } from '../oracle/batches';
import { differenceByTensor, relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { end, openEngine, type Engine } from '../oracle/engine';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const step = { learningRate: 0.001, gradientClip: 1 };

/** Models of this file with their batches: larger than what the other tests' workspaces hold. */
async function load(config: LlamaConfig, tokens: number, scale: number) {
  const generation = { slots: 2, newTokens: 4 };
  await engine.gpu.prepare(LanguageModel.kernels(config, generation.newTokens));
  const workspace = new TrainingWorkspace(engine.gpu, config, { tokens, sequences: 4 });
  const model = new LanguageModel(engine.gpu, config, { rules: { endTokens: [end] }, workspace, generation });
  const random = new Random(1, 'weights');
  const fresh = randomState(config, () => random.uniform(), scale);
  // Moments of a run under way: from none, AdamW's first step would be the sign of gradients that are nearly zero.
  const state = { ...fresh, secondMoment: fresh.parameters.map((x) => (x === 0 ? 0 : 1e-4)), updates: 7 };
  model.load(state);
  return { model, state };
}

describe('sequences of 1,024 tokens', () => {
  const config = { ...tinyConfigs['tied, grouped-query'], max_position_embeddings: 1024 };

  test('have the reference’s loss and gradient', async () => {
    const { model, state } = await load(config, 1400, 0.2);
    const examples = randomExamples(config, 2, [1024, 2, 300]);
    const oracle = oracleState(state);
    const expected = superviseGradient(oracle, examples);
    const { loss } = await model.supervise(examples, step);
    expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-5);
    for (const [name, difference] of Object.entries(
      differenceByTensor(oracle.layout, await model.gradient(), expected.gradient),
    )) {
      expect(difference, name).toBeLessThan(1e-4);
    }
  });

  test('are continued to their end as the reference continues them', async () => {
    const { model, state } = await load(config, 1400, 0.2);
    const prompts = randomPrompts(config, 3, [1020, 17]);
    const draw = { seed: 1, stream: 'sampling', step: 1, rollouts: [0, 1], phase: 0 } as const;
    const options = { maxNewTokens: 4, temperature: 1, draw };
    const completions = await model.generate(prompts, options);
    for (const [i, prompt] of prompts.entries()) {
      const expected = generate(oracleState(state), prompt, i, { endTokens: [end] }, options);
      expect(Math.min(...expected.margins), 'no draw is a tie').toBeGreaterThan(1e-4);
      expect(completions[i].ids).toEqual(expected.ids);
      expect(relativeDifference(completions[i].logprobs, expected.logprobs)).toBeLessThan(1e-4);
    }
  });
});

/**
 * One layer of the largest size: too large for slices of weight gradients, and with a head of its own. Its heads are narrow,
 * since software adapters compile attention of wide ones for a minute.
 */
test('two steps of a model 512 wide are the reference’s', async () => {
  const { hidden, inner } = sizes['30M'];
  const config = { ...sizedConfig({ hidden, layers: 1, heads: 64, inner }, 300, 64), tie_word_embeddings: false };
  const { model, state } = await load(config, 64, 0.04);
  const oracle = oracleState(state);
  for (const seed of [1, 2]) {
    const examples = randomExamples(config, seed, [13, 6]);
    const found = await model.supervise(examples, step);
    const expected = supervise(oracle, examples, step);
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-4);
    expect(relativeDifference([found.grad_norm], [expected.grad_norm])).toBeLessThan(1e-4);
  }
  const { firstMoment, parameters } = await model.save();
  for (const [found, expected] of [
    [firstMoment, oracle.firstMoment],
    [parameters, oracle.parameters],
  ] as const) {
    for (const [name, difference] of Object.entries(differenceByTensor(oracle.layout, found, expected))) {
      expect(difference, name).toBeLessThan(1e-4);
    }
  }
});

test.each(Object.keys(sizes) as SizeName[])('%s has about so many parameters, and the engine computes it', (size) => {
  const config = sizedConfig(sizes[size], 300, 1024);
  expect(() => {
    checkConfig(config);
  }).not.toThrow();
  expect(Math.abs(parameterLayout(config).count / (1e6 * parseFloat(size)) - 1)).toBeLessThan(0.2);
});
