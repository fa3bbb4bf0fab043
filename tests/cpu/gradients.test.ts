import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CpuBackend } from '../../src/cpu/cpu-backend';
import type { LlamaConfig } from '../../src/model/config';
import { oracleState, supervise, superviseGradient, type Example } from '../oracle/agent';
import { randomExamples, trainedState } from '../oracle/batches';
import { differenceByTensor, relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { expectEqualStates } from '../oracle/equal-states';
import { globalNorm } from '../oracle/optimizer';
import { openCpu, openModel, type RoomOptions } from './open';

let backend: CpuBackend;
beforeAll(() => {
  backend = openCpu();
});
afterAll(() => backend.close());

const tiny = tinyConfigs['tied, grouped-query'];
const noClip = { learningRate: 1e-3, gradientClip: 1e9 };

/**
 * Of a single token that looks at itself alone, attention has the exact gradient 0: two sums that are equal, and are not
 * rounded equally. What is left of that is measured by the whole gradient.
 */
function expectNothing(gradient: Float32Array, norm: number, name: string): void {
  expect(globalNorm(Float64Array.from(gradient)) / norm, name).toBeLessThan(1e-7);
}

/** Makes one step, and compares its loss and gradient with those in double precision. */
async function expectRight(config: LlamaConfig, examples: readonly Example[], options?: RoomOptions) {
  const state = trainedState(config, 1);
  const model = await openModel(backend, state, options);
  const report = await model.supervise(examples, noClip);
  const oracle = oracleState(state);
  const { loss, gradient } = superviseGradient(oracle, examples);
  expect(Math.abs(report.loss - loss)).toBeLessThan(1e-5);
  expect(relativeDifference([report.grad_norm], [globalNorm(gradient)])).toBeLessThan(1e-4);
  const differences = differenceByTensor(oracle.layout, model.gradient, gradient);
  for (const { name, offset, size } of oracle.layout.tensors) {
    const own = gradient.subarray(offset, offset + size);
    if (own.some((value) => value !== 0)) expect(differences[name], name).toBeLessThan(1e-4);
    else expectNothing(model.gradient.subarray(offset, offset + size), globalNorm(gradient), name);
  }
  expect(report.tokens).toBe(examples.reduce((sum, { ids }) => sum + ids.length - 1, 0));
  return { gradient: model.gradient, layout: oracle.layout };
}

describe.each(Object.entries(tinyConfigs))('of %s', (_, config) => {
  it.each([
    ['one short sequence', [2]],
    ['one sequence', [17]],
    ['sequences of many lengths', [9, 2, 30, 16, 17, 5]],
    ['the longest sequence that it reads', [config.max_position_embeddings, 3]],
  ])('loss and every tensor’s gradient are right: %s', async (_, lengths) => {
    await expectRight(config, randomExamples(config, 2, lengths));
  });

  it('they are right where a batch goes through in parts', async () => {
    const lengths = [30, 9, 21, 2, 38, 14, 17, 41, 12];
    await expectRight(config, randomExamples(config, 2, lengths), { microBatchTokens: 40 });
  });

  it.each([
    ['clipped', 0.1],
    ['not clipped', 1e9],
  ])('one step moves parameters and moments as AdamW does: gradient %s', async (_, gradientClip) => {
    const state = trainedState(config, 1);
    const oracle = oracleState(state);
    const examples = randomExamples(config, 2, [9, 2, 21, 14]);
    const options = { learningRate: 3e-3, gradientClip };
    expect(supervise(oracle, examples, options).grad_norm).toBeGreaterThan(0.1);
    const model = await openModel(backend, state);
    await model.supervise(examples, options);
    expectEqualStates(await model.save(), oracle, state);
  });
});

describe('the gradient', () => {
  it('is right of a model as large as the ordinary one, on long sequences', async () => {
    const sizes = { vocab_size: 203, hidden_size: 64, intermediate_size: 176, num_key_value_heads: 4, head_dim: 16 };
    const config = { ...tiny, ...sizes, max_position_embeddings: 160 };
    await expectRight(config, randomExamples(config, 2, [150, 70, 3]));
  });

  it('is nothing in the gaps between tensors', async () => {
    const { gradient, layout } = await expectRight(tiny, randomExamples(tiny, 2, [9, 4]));
    const filled = new Uint8Array(layout.size);
    for (const { offset, size } of layout.tensors) filled.fill(1, offset, offset + size);
    expect(filled).toContain(0);
    expect(gradient.filter((value, i) => !filled[i] && value !== 0)).toHaveLength(0);
  });

  it('is that of the whole batch where one part predicts nothing', async () => {
    const examples = randomExamples(tiny, 2, [60, 60, 60]).map((example, i) =>
      i === 1 ? { ...example, weights: example.weights.map(() => 0) } : example,
    );
    await expectRight(tiny, examples, { microBatchTokens: 64 });
  });

  it('passes by sequences of one token, of which nothing is predicted', async () => {
    await expectRight(tiny, randomExamples(tiny, 2, [1, 12, 1, 5]));
  });
});
