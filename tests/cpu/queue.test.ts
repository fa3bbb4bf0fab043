import ort from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CpuBackend } from '../../src/cpu/cpu-backend';
import type { UpdateOptions } from '../../src/model/agent';
import type { AgentState } from '../../src/model/state';
import type { Runtime } from '../../src/onnx/decoder';
import { randomExamples, randomSamples, trainedState } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { openCpu, openModel, openStates } from './open';

const config = tinyConfigs['tied, grouped-query'];
const state = trainedState(config, 1);
const other = trainedState(config, 2);
const examples = randomExamples(config, 2, [30, 21, 38]);
const samples = randomSamples(config, 3, [30, 21, 38]);
const step = { learningRate: 1e-3, gradientClip: 1 };
const policy: UpdateOptions = {
  ...{ ...step, beta: 0.05, epsilon: 0.2 },
  ...{ lossMean: 'tokens', normalize: true, updatesPerBatch: 2 },
};
const greedy = {
  ...{ maxNewTokens: 8, temperature: 0 },
  draw: { seed: 1, stream: 'sampling', step: 1, rollouts: [0], phase: 0 } as const,
};
const room = { microBatchTokens: 41 };

/** ONNX Runtime that counts sessions, and fails when it is told to: at the run or opening of that number from then on. */
class Watched implements Runtime {
  readonly Tensor = ort.Tensor;
  opened = 0;
  released = 0;
  running = 0;
  /** How many sessions were at work at once. */
  together = 0;
  releasedAtWork = 0;
  failRun = 0;
  failOpening = 0;

  readonly InferenceSession: Runtime['InferenceSession'] = {
    create: async (model, options) => {
      if (--this.failOpening === 0) throw new Error('No memory to open.');
      const session = await ort.InferenceSession.create(model, options);
      this.opened++;
      return this.#watched(session);
    },
  };

  #watched(session: ort.InferenceSession): ort.InferenceSession {
    const run = async (feeds: ort.InferenceSession.FeedsType) => {
      if (--this.failRun === 0) throw new Error('No memory to run.');
      this.together = Math.max(this.together, ++this.running);
      try {
        return await session.run(feeds);
      } finally {
        this.running--;
      }
    };
    const release = async () => {
      this.released++;
      this.releasedAtWork += this.running;
      await session.release();
    };
    return new Proxy(session, {
      get: (_, key) => {
        if (key === 'run') return run;
        if (key === 'release') return release;
        return Reflect.get(session, key) as unknown;
      },
    });
  }
}

let runtime: Watched;
let backend: CpuBackend;
beforeEach(() => {
  runtime = new Watched();
  backend = openCpu(runtime);
});
afterEach(() => backend.close());

/** All sessions that were opened are released, none of them at work. */
async function expectReleased(): Promise<void> {
  await expect.poll(() => runtime.released).toBe(runtime.opened);
  expect(runtime.releasedAtWork).toBe(0);
}

/** What a model that nothing ever happened to makes of this. */
async function untouched(from: AgentState, work: 'supervise' | 'update') {
  const own = openCpu();
  const model = await openModel(own, from, room);
  const report = work === 'supervise' ? await model.supervise(examples, step) : await model.update(samples, policy);
  own.close();
  return { report, state: await model.save() };
}

describe('after a failure', () => {
  it.each([1, 2, 3])(
    'of a run in the midst of a batch the state is as before, and the next step right: run %d',
    async (n) => {
      const model = await openModel(backend, state, room);
      runtime.failRun = n;
      await expect(model.supervise(examples, step)).rejects.toThrow('No memory to run.');
      expect(await model.save()).toEqual(state);
      expect({ report: await model.supervise(examples, step), state: await model.save() }).toEqual(
        await untouched(state, 'supervise'),
      );
    },
  );

  it('of an update no other model has a share in it', async () => {
    const models = await openStates(backend, { one: state, other }, room);
    runtime.failRun = 8;
    const [failed, done] = await Promise.allSettled([
      models.one.update(samples, policy),
      models.other.update(samples, policy),
    ]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'No memory to run.' } });
    expect(await models.one.save()).toEqual(state);
    const expected = await untouched(other, 'update');
    expect(done).toEqual({ status: 'fulfilled', value: expected.report });
    expect(await models.other.save()).toEqual(expected.state);
  });

  it('to open a graph that was not there yet it is opened the next time', async () => {
    const model = await openModel(backend, state, room);
    runtime.failOpening = 1;
    await expect(model.update(samples, policy)).rejects.toThrow('No memory to open.');
    const report = await model.update(samples, policy);
    expect({ report, state: await model.save() }).toEqual(await untouched(state, 'update'));
  });

  it('to open models nothing stays open', async () => {
    runtime.failOpening = 3;
    await expect(openModel(backend, state, { slots: 1 })).rejects.toThrow('No memory to open.');
    expect(runtime.opened).toBe(2);
    await expectReleased();
  });
});

describe('calls take effect in their order', () => {
  it('of one model: what is loaded or anchored while it learns comes behind that', async () => {
    const model = await openModel(backend, state, room);
    const { report, state: learned } = await untouched(state, 'update');
    const learning = model.update(samples, policy);
    model.anchor();
    expect(await learning).toEqual(report);
    expect(await model.save()).toEqual({ ...learned, reference: learned.parameters });

    model.load(state);
    const again = model.update(samples, policy);
    const loaded = { ...other, parameters: other.parameters.slice() };
    model.load(loaded);
    // What becomes of it later is not what was loaded.
    loaded.parameters.fill(0);
    expect(await again).toEqual(report);
    expect(await model.save()).toEqual(other);
  });

  it('of many models: one at a time is at work, a decoder too', async () => {
    const models = await openStates(backend, { one: state, other }, room);
    const { decoder } = await backend.openDecoder(
      state,
      { length: 32, advice: () => 'Never.' },
      { rules: { endTokens: [] } },
    );
    await Promise.all([
      models.one.update(samples, policy),
      decoder.generate([[1, 2]], greedy),
      models.other.supervise(examples, step),
    ]);
    expect(runtime.together).toBe(1);
  });
});

describe('closing', () => {
  it('twice, and the backend with it, releases every session once', async () => {
    const options = { rules: { endTokens: [0] } };
    const capacity = { length: 32, training: { tokens: 64, sequences: 4 }, generation: null, advice: () => 'Never.' };
    const opened = await backend.open({ state }, capacity, options);
    await opened.models.state.score([[1, 2, 3]]);
    const decoder = await backend.openDecoder(state, capacity, options);
    for (const one of [opened, opened, decoder, decoder, backend, backend]) one.close();
    await expectReleased();
    expect(runtime.opened).toBe(3);
    await expect(opened.models.state.score([[1, 2, 3]])).rejects.toThrow(/closed/);
    expect(runtime.opened).toBe(3);
  });

  it('waits for what is at work, and for what was asked for before', async () => {
    const models = await openStates(backend, { one: state, other }, room);
    const working = [models.one.update(samples, policy), models.other.supervise(examples, step)];
    backend.close();
    expect(await Promise.all(working)).toEqual([
      (await untouched(state, 'update')).report,
      (await untouched(other, 'supervise')).report,
    ]);
    await expectReleased();
  });

  it('waits for a decoder that is at work', async () => {
    const opened = await backend.openDecoder(
      state,
      { length: 32, advice: () => 'Never.' },
      { rules: { endTokens: [] } },
    );
    const writing = opened.decoder.generate([[1, 2, 3]], greedy);
    opened.close();
    expect((await writing)[0].ids).toHaveLength(11);
    await expectReleased();
  });

  it('while models are opened ends that', async () => {
    const opening = openModel(backend, state, { slots: 1 });
    backend.close();
    await expect(opening).rejects.toThrow(/closed/);
    await expectReleased();
  });
});

it('lets its thread hear of other things before every run', async () => {
  let rests = 0;
  const rest = () => {
    rests++;
    return Promise.resolve();
  };
  const backend = openCpu(ort, { rest });
  const only = await openModel(backend, state, room);
  await only.score(examples.map(({ ids }) => ids));
  const before = rests;
  expect(before).toBeGreaterThan(1);
  await only.generate([[1, 2]], { ...greedy, maxNewTokens: 3 });
  expect(rests).toBe(before + 1);
  await only.next([1, 2, 3]);
  expect(rests).toBe(before + 2);
  const decoder = await backend.openDecoder(state, { length: 8, advice: String }, { rules: { endTokens: [] } });
  await decoder.decoder.next([1, 2, 3]);
  expect(rests).toBe(before + 3);
  await decoder.decoder.generate([[1, 2]], { ...greedy, maxNewTokens: 3 });
  expect(rests).toBe(before + 4);
  backend.close();
});
