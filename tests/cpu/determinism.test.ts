import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { CpuBackend } from '../../src/cpu/cpu-backend';
import type { CpuModel } from '../../src/cpu/cpu-model';
import type { UpdateOptions } from '../../src/model/agent';
import type { AgentState } from '../../src/model/state';
import { randomExamples, randomPrompts, randomSamples, trainedState } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { openCpu, openModel, openStates } from './open';

const config = {
  ...tinyConfigs['tied, grouped-query'],
  // Large enough that work is shared among threads.
  ...{ vocab_size: 131, hidden_size: 64, intermediate_size: 176, head_dim: 16, max_position_embeddings: 96 },
};
const step = { learningRate: 3e-3, gradientClip: 1 };
const policy: UpdateOptions = {
  ...{ ...step, beta: 0.05, epsilon: 0.2 },
  ...{ lossMean: 'tokens', normalize: true, updatesPerBatch: 2 },
};
const room = { slots: 3, microBatchTokens: 96 };

let opened: CpuBackend[] = [];
afterEach(() => {
  for (const backend of opened) backend.close();
  opened = [];
});

function open(): CpuBackend {
  const backend = openCpu();
  opened.push(backend);
  return backend;
}

/** Writes, learns from rewards and from examples, some steps long. Gives all that it said. */
async function work(model: CpuModel, from: number, to: number) {
  const said: unknown[] = [];
  for (let n = from; n < to; n++) {
    const prompts = randomPrompts(config, n, [5, 11, 2, 17]);
    const draw = { seed: 3, stream: 'sampling', step: n, rollouts: [0, 1, 2, 3], phase: 0 } as const;
    said.push(await model.generate(prompts, { maxNewTokens: 6, temperature: 1, draw }));
    said.push(await model.update(randomSamples(config, n, [9, 33, 14, 70, 40]), policy));
    said.push(await model.supervise(randomExamples(config, n, [21, 8, 60, 34]), step));
  }
  return said;
}

/** All that is in a state, in a few letters. */
function bits(state: AgentState): string {
  const hash = createHash('sha256');
  for (const array of [state.parameters, state.firstMoment, state.secondMoment, state.reference]) hash.update(array);
  return `${hash.digest('hex')} after ${state.updates} updates`;
}

async function whole(state: AgentState, steps: number) {
  const model = await openModel(open(), state, room);
  return { said: await work(model, 0, steps), bits: bits(await model.save()) };
}

describe('with the same number of threads', { timeout: 60_000 }, () => {
  it('two openings give the same bits over twenty steps', async () => {
    const state = trainedState(config, 1);
    const first = await whole(state, 20);
    expect(await whole(state, 20)).toEqual(first);
    expect(first.bits).not.toBe(bits(state));
  });

  it('what is saved half-way and loaded anew goes on bit for bit', async () => {
    const state = trainedState(config, 1);
    const expected = await whole(state, 10);
    const first = await openModel(open(), state, room);
    const begun = await work(first, 0, 5);
    const saved = await first.save();
    // What it goes on to do is nothing to what was saved.
    await work(first, 5, 6);
    for (const into of ['opened', 'loaded'] as const) {
      const second = await openModel(open(), into === 'opened' ? saved : trainedState(config, 9), room);
      if (into === 'loaded') second.load(saved);
      const said = await work(second, 5, 10);
      expect({ said: [...begun, ...said], bits: bits(await second.save()) }, into).toEqual(expected);
    }
  });

  it('models of one shape do side by side what they do one after the other', async () => {
    const states = { one: trainedState(config, 1), other: trainedState(config, 2) };
    const [one, other] = [await whole(states.one, 4), await whole(states.other, 4)];
    const models = await openStates(open(), states, room);
    const said = await Promise.all([work(models.one, 0, 4), work(models.other, 0, 4)]);
    expect(said).toEqual([one.said, other.said]);
    expect([bits(await models.one.save()), bits(await models.other.save())]).toEqual([one.bits, other.bits]);
  });

  it('a model and one of another shape are nothing to each other', async () => {
    const small = trainedState(tinyConfigs['untied, one key/value head'], 4);
    const examples = randomExamples(small.config, 1, [9, 14]);
    const alone = await openModel(open(), small);
    const expected = [await alone.supervise(examples, step), bits(await alone.save())];
    const { large, other } = await openStates(open(), { large: trainedState(config, 1), other: small });
    const [report] = await Promise.all([
      other.supervise(examples, step),
      large.supervise(randomExamples(config, 1, [20, 33]), step),
    ]);
    expect([report, bits(await other.save())]).toEqual(expected);
  });
});
