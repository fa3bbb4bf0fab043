import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CpuBackend } from '../../src/cpu/cpu-backend';
import type { UpdateOptions } from '../../src/model/agent';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import type { AgentState } from '../../src/model/state';
import { Random } from '../../src/random/philox';
import { generate, oracleState, type Example } from '../oracle/agent';
import { randomExamples, randomPrompts, randomSamples, trainedState } from '../oracle/batches';
import { differenceByTensor, relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';
import { end, openCpu, openModel } from './open';

let engine: Engine;
let backend: CpuBackend;
beforeAll(async () => {
  engine = await openEngine();
  backend = openCpu();
});
afterAll(() => {
  engine.close();
  backend.close();
});

const tiny = tinyConfigs['tied, grouped-query'];
const step = { learningRate: 3e-3, gradientClip: 1 };
const policy: UpdateOptions = {
  ...{ ...step, beta: 0.05, epsilon: 0.2 },
  ...{ lossMean: 'tokens', normalize: true, updatesPerBatch: 1 },
};

/** The same model twice: computed by the GPU and by the processor. */
const openBoth = async (state: AgentState) => ({
  gpu: await engine.load(state, { endTokens: [end] }),
  cpu: await openModel(backend, state, { slots: 12 }),
});

/** Sequences whose next token mostly follows from the one before: there is something to learn, and some loss stays. */
function lawfulExamples({ vocab_size }: LlamaConfig, seed: number): Example[] {
  const random = new Random(seed, 'warm-start');
  return [12, 7, 15, 9].map((length) => {
    const ids = [random.integer(vocab_size)];
    while (ids.length < length) {
      ids.push(random.chance(0.8) ? (5 * ids[ids.length - 1] + 2) % vocab_size : random.integer(vocab_size));
    }
    return { ids, weights: ids.map(() => 1) };
  });
}

describe.each(Object.entries(tinyConfigs))('processor and GPU, %s', (_, config) => {
  it('find the same gradients, of examples and of rewards', async () => {
    const { gpu, cpu } = await openBoth(trainedState(config, 1));
    const layout = parameterLayout(config);
    const examples = randomExamples(config, 2, [9, 3, 30, 16, 17, 5]);
    const samples = randomSamples(config, 5, [9, 3, 21, 14]);
    for (const learn of [
      (model: typeof gpu | typeof cpu) => model.supervise(examples, step),
      (model: typeof gpu | typeof cpu) => model.update(samples, policy),
    ]) {
      const [found, expected] = [await learn(cpu), await learn(gpu)];
      expect(relativeDifference([found.grad_norm], [expected.grad_norm])).toBeLessThan(1e-4);
      const gradient = Float64Array.from(await gpu.gradient());
      for (const [name, difference] of Object.entries(differenceByTensor(layout, cpu.gradient, gradient))) {
        expect(difference, name).toBeLessThan(1e-4);
      }
    }
  });
});

describe('processor and GPU', () => {
  it('learn side by side for two hundred steps, and then write the same texts', async () => {
    const state = trainedState(tiny, 3);
    const { gpu, cpu } = await openBoth(state);
    const losses: number[] = [];
    for (let n = 0; n < 200; n++) {
      const examples = lawfulExamples(tiny, n);
      const [a, b] = [await cpu.supervise(examples, step), await gpu.supervise(examples, step)];
      expect(relativeDifference([a.loss], [b.loss]), `step ${n}`).toBeLessThan(n < 50 ? 1e-4 : 1e-3);
      losses.push(b.loss);
    }
    const mean = (some: readonly number[]) => some.reduce((x, y) => x + y) / some.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.5 * mean(losses.slice(0, 10)));

    const prompts = randomPrompts(tiny, 4, [3, 12, 7, 1, 20, 5]);
    const draw = { seed: 1, stream: 'sampling', step: 0, rollouts: [0, 1, 2, 3, 4, 5], phase: 0 } as const;
    const greedy = { maxNewTokens: 20, temperature: 0, draw };
    const [found, expected] = [await cpu.generate(prompts, greedy), await gpu.generate(prompts, greedy)];
    const oracle = oracleState(await gpu.save());
    let same = 0;
    for (const [i, { ids }] of expected.entries()) {
      const parting = ids.findIndex((id, at) => id !== found[i].ids[at]);
      if (parting < 0) {
        expect(found[i].ids).toEqual(ids);
        same++;
        continue;
      }
      const { margins } = generate(oracle, prompts[i], i, { endTokens: [end] }, greedy);
      expect(margins[parting - prompts[i].length], `prompt ${i}, token ${parting}`).toBeLessThan(1e-3);
    }
    expect(same).toBeGreaterThan(prompts.length / 2);
  });

  it.each<[string, Partial<UpdateOptions>]>([
    ['once a batch', {}],
    ['twice a batch, mean per sequence', { updatesPerBatch: 2, lossMean: 'sequences' }],
  ])('follow rewards side by side for twenty updates, %s', async (_, changes) => {
    const options = { ...policy, ...changes };
    const state = trainedState(tiny, 8);
    const { gpu, cpu } = await openBoth(state);
    for (let n = 0; n < 20; n++) {
      const samples = randomSamples(tiny, 100 + (n % 4), [6, 9, 4, 13]);
      const [a, b] = [await cpu.update(samples, options), await gpu.update(samples, options)];
      expect(Math.abs(a.loss - b.loss), `loss, update ${n}`).toBeLessThan(1e-4);
      expect(Math.abs(a.kl - b.kl), `KL, update ${n}`).toBeLessThan(1e-4);
      expect(Math.abs(a.entropy - b.entropy), `entropy, update ${n}`).toBeLessThan(1e-4);
      expect(relativeDifference([a.grad_norm], [b.grad_norm]), `gradient, update ${n}`).toBeLessThan(1e-3);
      expect(a.tokens).toBe(b.tokens);
      expect(relativeDifference(a.advantages, b.advantages), `advantages, update ${n}`).toBeLessThan(1e-3);
    }
    const moved = ({ parameters }: AgentState) => parameters.map((value, i) => value - state.parameters[i]);
    const [found, expected] = [moved(await cpu.save()), moved(await gpu.save())];
    expect(relativeDifference(found, expected)).toBeLessThan(1e-3);
  });
});
