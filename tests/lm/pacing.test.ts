import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Counters } from '../../src/gpu/device';
import { Pacer } from '../../src/gpu/pacer';
import type { LanguageModel } from '../../src/lm/language-model';
import type { AgentState } from '../../src/model/state';
import type { UpdateOptions } from '../../src/model/agent';
import { randomExamples, randomPrompts, randomSamples, trainedState } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';

const config = tinyConfigs['tied, grouped-query'];
const state = trainedState(config, 1);
const lengths = [9, 2, 21, 14];
const step = { learningRate: 0.003, gradientClip: 1 };
const updates: UpdateOptions = {
  ...step,
  beta: 0.05,
  epsilon: 0.2,
  lossMean: 'tokens',
  normalize: true,
  updatesPerBatch: 2,
};

interface Outcome {
  /** What the call returned. */
  result: unknown;
  after: AgentState;
  /** What it counted, without what opening and loading did. */
  counted: Counters;
}

/** Each kind of work that a run does, thrice, so that a pacer has something to go by. */
const work: Record<string, (model: LanguageModel) => Promise<unknown>> = {
  'two updates': (model) => model.update(randomSamples(config, 2, lengths), updates),
  'a supervised step': (model) => model.supervise(randomExamples(config, 3, lengths), step),
  'a generation': (model) =>
    model.generate(randomPrompts(config, 4, lengths), {
      maxNewTokens: 24,
      temperature: 1,
      draw: { seed: 11, stream: 'sampling', step: 3, rollouts: [0, 1, 2, 3], phase: 0 },
    }),
};

async function outcomes(engine: Engine, run: (model: LanguageModel) => Promise<unknown>): Promise<Outcome> {
  const model = await engine.load(state);
  const before = { ...engine.gpu.counters };
  const result = [await run(model), await run(model), await run(model)];
  const counted = { ...engine.gpu.counters };
  for (const name of Object.keys(counted) as (keyof Counters)[]) counted[name] -= before[name];
  return { result, after: await model.save(), counted };
}

let plain: Engine;
beforeAll(async () => {
  plain = await openEngine();
});
afterAll(() => plain.close());

describe.each([
  // None fits once it was measured, so each is a submit of its own.
  ['at every dispatch it knows', 1e-9],
  ['by what it learns', 20],
])('a pacer that splits %s changes nothing', (_, budget) => {
  test.each(Object.entries(work))('of %s, bit for bit', async (_, run) => {
    const expected = await outcomes(plain, run);
    // A pacer of its own, which knows nothing yet and so splits whatever the machine.
    const paced = await openEngine(new Pacer(budget));
    const found = await outcomes(paced, run);
    paced.close();
    expect(found.result).toEqual(expected.result);
    expect(found.after).toEqual(expected.after);
    expect(expected.counted).toMatchObject({ splits: 0, buffers: 0, bindGroups: 0 });
    const { splits, ...others } = found.counted;
    expect({ ...others, splits: 0 }).toEqual(expected.counted);
    expect(splits).toBeGreaterThan(0);
    const share = splits / (others.dispatches - others.submits);
    if (budget < 20) expect(share).toBeGreaterThan(0.5);
    else expect(share).toBeLessThan(0.5);
  });
});

test('a device that goes while its pacer waits leaves no rejection behind', async () => {
  const engine = await openEngine(new Pacer(1e-9));
  const model = await engine.load(state);
  const reading = model.supervise(randomExamples(config, 3, lengths), step);
  engine.gpu.device.destroy();
  await expect(reading).rejects.toThrow('went away');
  await engine.gpu.lost;
  // Another plan on what is no longer there: said by its readback, not by the pacer.
  await expect(model.score([[1, 2, 3]])).rejects.toThrow('went away');
  engine.close();
});
