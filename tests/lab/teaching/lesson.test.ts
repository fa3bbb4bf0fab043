import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuestTokenizer } from '../../../src/checkpoint/guest-tokenizer';
import { Lesson, LessonDivergedError } from '../../../src/lab/teaching/lesson';
import { lessonCapacity, planLesson } from '../../../src/lab/teaching/plan';
import type { LessonSettings } from '../../../src/lab/teaching/settings';
import { cut, lessonParts } from '../../../src/lab/teaching/text';
import { estimatesWithin } from '../../../src/lm/backend/fit';
import { openModels } from '../../../src/lm/backend/open-models';
import { startingState, type AgentState } from '../../../src/model/state';
import { oracleState } from '../../oracle/agent';
import { forward } from '../../oracle/decoder';
import { openEngine, type Engine } from '../../oracle/engine';
import { untuned } from '../../oracle/shipped-models';
import { tokenLogprobs } from '../../oracle/losses';
import { readStoriesGuest, storiesAreHere } from '../../oracle/stories';
import { rhyme } from './rhyme';

const settings: LessonSettings = { length: 48, steps: 12, batch: 3, rank: 0, learningRate: 3e-3, seed: 1 };

/** All numbers of a state. */
const bits = ({ parameters, firstMoment, secondMoment }: AgentState) =>
  Buffer.concat([parameters, firstMoment, secondMoment].map(({ buffer }) => Buffer.from(buffer)));

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

describe.skipIf(!storiesAreHere)('a lesson of the public story model', async () => {
  const guest = await readStoriesGuest();
  const ids = new GuestTokenizer(guest).encode(rhyme);
  const parts = cut(ids, settings.length);
  const start = () => startingState(guest.config, guest.parameters!);

  async function open(changes: Partial<LessonSettings> = {}, state = start(), done = 0, measured = false) {
    const asked = { ...settings, ...changes };
    const endToken = guest.endTokens[0];
    const { models, memory } = await openModels(
      engine.gpu,
      { state },
      lessonCapacity(parts, asked),
      { rules: { endTokens: [endToken] } },
      untuned,
    );
    const model = models.state;
    return { model, memory, lesson: new Lesson(model, parts, asked, done, measured) };
  }

  async function learn({ lesson, model }: Awaited<ReturnType<typeof open>>, until = settings.steps) {
    while (lesson.step < until) await lesson.learn();
    return await model.save();
  }

  it('measures what a plain count in double precision gives, and changes nothing by it', async () => {
    const { lesson, model } = await open();
    const state = oracleState(start());
    for (const part of lessonParts) {
      const logprobs = parts[part].flatMap((sequence) => tokenLogprobs(forward(state, sequence)).slice(1));
      const expected = -logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length;
      expect(Math.abs((await lesson.measure(part)) - expected), part).toBeLessThan(1e-4);
    }
    expect(bits(await model.save()).equals(bits(start()))).toBe(true);
  });

  it('lowers the loss on the text that it learns', async () => {
    const opened = await open();
    const { lesson } = opened;
    const before = { training: await lesson.measure('training'), heldOut: await lesson.measure('heldOut') };
    const first = await lesson.learn();
    expect(first).toMatchObject({ step: 1, learningRate: settings.learningRate / 2 });
    expect(Math.abs(first.loss - before.training)).toBeLessThan(1);
    await learn(opened);
    expect(await lesson.measure('training')).toBeLessThan(0.8 * before.training);
    expect(await lesson.measure('heldOut')).not.toBe(before.heldOut);
  });

  it('is the same again, and another one with another seed', async () => {
    const once = bits(await learn(await open({ seed: 1 })));
    expect(bits(await learn(await open({ seed: 1 }))).equals(once)).toBe(true);
    expect(bits(await learn(await open({ seed: 2 }))).equals(once)).toBe(false);
  });

  it('goes on from where it was kept as if it had never stopped', async () => {
    const whole = await learn(await open());
    const half = await learn(await open(), 5);
    const resumed = await learn(await open({}, half, 5));
    expect(bits(resumed).equals(bits(whole))).toBe(true);
    expect(resumed.updates).toBe(whole.updates);
  });

  it('measures at its start, ten times on the way and at its end', async () => {
    const { lesson } = await open({ steps: 25 });
    const due: number[] = [];
    while (!lesson.done || lesson.measurementDue) {
      if (lesson.measurementDue) {
        due.push(lesson.step);
        await lesson.measure('heldOut');
      } else await lesson.learn();
    }
    expect(due).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 25]);
    // One that goes on is measured where it was not.
    const state = await (await open()).model.save();
    for (const measured of [true, false]) {
      expect((await open({ steps: 25 }, state, 6, measured)).lesson.measurementDue).toBe(!measured);
    }
  });

  it('takes the memory that was planned', async () => {
    const { memory } = await open();
    expect(planLesson(guest.config, parts, settings, estimatesWithin(engine.gpu.largestBuffer)).memory).toEqual({
      bytes: memory.total,
    });
    expect(Math.abs(engine.gpu.bytes / memory.total - 1)).toBeLessThan(0.01);
  });

  it('ends by name where the loss is no number', async () => {
    const { lesson, model } = await open();
    await lesson.learn();
    const state = await model.save();
    model.load({ ...state, parameters: state.parameters.map(() => NaN) });
    await expect(lesson.learn()).rejects.toThrow(LessonDivergedError);
    await expect(lesson.measure('heldOut')).rejects.toThrow('learning rate is too high');
  });

  it('can be left in the middle of a measurement', async () => {
    const { lesson } = await open();
    const counted: number[] = [];
    const leave = (done: number) => {
      counted.push(done);
      if (done > 0) throw new Error('enough');
    };
    await expect(lesson.measure('training', leave)).rejects.toThrow('enough');
    expect(counted).toEqual([0, 3]);
    expect(lesson.measurementDue).toBe(true);
  });
});
