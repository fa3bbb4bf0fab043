import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BETA1, globalNorm } from '../oracle/optimizer';
import { oracleState, superviseGradient } from '../oracle/agent';
import { randomExamples, trainedState } from '../oracle/batches';
import { differenceByTensor, relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const noClip = 1e9;

/** The engine's gradient: its first moment after one step from none is (1 − β₁)·g where nothing was clipped. */
async function superviseOnce(config: (typeof tinyConfigs)[string], lengths: readonly number[]) {
  const state = trainedState(config, 1);
  state.firstMoment.fill(0);
  const examples = randomExamples(config, 2, lengths);
  const model = await engine.load(state);
  const { loss, grad_norm } = await model.supervise(examples, { learningRate: 0.001, gradientClip: noClip });
  const gradient = Float64Array.from((await model.save()).firstMoment, (m) => m / (1 - BETA1));
  return {
    loss,
    grad_norm,
    gradient,
    oracle: superviseGradient(oracleState(state), examples),
    layout: oracleState(state).layout,
    examples,
  };
}

describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
  test.each([
    ['one short sequence', [2]],
    ['one sequence', [17]],
    ['sequences of many lengths', [9, 2, 30, 16, 17, 5]],
    ['the longest sequence there is room for', [config.max_position_embeddings, 3]],
  ])('loss and every tensor’s gradient: %s', async (_, lengths) => {
    const { loss, grad_norm, gradient, oracle, layout } = await superviseOnce(config, lengths);
    expect(Math.abs(loss - oracle.loss)).toBeLessThan(1e-5);
    expect(relativeDifference([grad_norm], [globalNorm(oracle.gradient)])).toBeLessThan(1e-4);
    for (const [name, difference] of Object.entries(differenceByTensor(layout, gradient, oracle.gradient))) {
      expect(difference, name).toBeLessThan(1e-4);
    }
  });
});

test('gaps of the layout stay zero', async () => {
  const { gradient, layout } = await superviseOnce(tinyConfigs['tied, grouped-query'], [9, 4]);
  const filled = new Uint8Array(layout.size);
  for (const { offset, size } of layout.tensors) filled.fill(1, offset, offset + size);
  expect(gradient.filter((g, i) => !filled[i] && g !== 0)).toHaveLength(0);
});

test('a model as large as the ordinary one, on long sequences', async () => {
  const config = {
    ...tinyConfigs['tied, grouped-query'],
    vocab_size: 203,
    hidden_size: 64,
    intermediate_size: 176,
    num_key_value_heads: 4,
    head_dim: 16,
    max_position_embeddings: 160,
  };
  const { loss, gradient, oracle, layout } = await superviseOnce(config, [150, 70, 3]);
  expect(Math.abs(loss - oracle.loss)).toBeLessThan(1e-5);
  for (const [name, difference] of Object.entries(differenceByTensor(layout, gradient, oracle.gradient))) {
    expect(difference, name).toBeLessThan(1e-4);
  }
});
