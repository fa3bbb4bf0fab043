import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Teaching, type TeachingWorker } from '../../src/ui/state/teaching.svelte';
import type { LessonPlan } from '../../src/lab/teaching/plan';
import type { TeachingCalls, TeachingNews } from '../../workers/protocol/teaching';

const settings = { length: 48, steps: 4, batch: 2, rank: 0, learningRate: 1e-3, seed: 1 };
const plan: LessonPlan = {
  ...{ tokens: 100, batch: 2, memory: { bytes: 1000 } },
  parts: { training: { sequences: 2, predicted: 89 }, heldOut: { sequences: 1, predicted: 10 } },
};

type Asked = { [Kind in keyof TeachingCalls]: [kind: Kind, asked: TeachingCalls[Kind]['asked']] }[keyof TeachingCalls];

let asked: Asked[];
let tell: (news: TeachingNews) => void;
/** What a lesson says, and what it ends in. */
let lesson: () => void;
/** How long a text takes. */
let counting: () => Promise<void>;
/** What a file holds. */
let read: () => string;
let drop: () => null;
let teaching: Teaching;

beforeEach(async () => {
  vi.useFakeTimers();
  asked = [];
  lesson = () => undefined;
  counting = () => Promise.resolve();
  read = () => 'from a file';
  drop = () => null;
  const answers: { [Kind in keyof TeachingCalls]: () => TeachingCalls[Kind]['answer'] } = {
    'teaching.open': () => ({ name: 'mine', longest: 64, settings }),
    'teaching.read': () => read(),
    'teaching.plan': () => plan,
    'teaching.measure': () => (lesson(), null),
    'teaching.learn': () => (lesson(), null),
    'teaching.pause': () => null,
    'teaching.drop': () => drop(),
    'teaching.keep': () => ({ guest: 'b', name: 'mine, 4 steps' }),
  };
  teaching = new Teaching((hear) => {
    tell = hear;
    const ask = async (...call: Asked) => {
      asked.push(call);
      await (call[0] === 'teaching.plan' ? counting() : Promise.resolve());
      return answers[call[0]]();
    };
    return { ask } as TeachingWorker;
  });
  await teaching.open('a');
});

const write = async (text: string) => {
  teaching.write(text);
  await vi.runAllTimersAsync();
};
const kinds = () => asked.map(([kind]) => kind);
const refuse = (message: string) => () => {
  throw new Error(message);
};

describe('a text', () => {
  it('is counted once it stands still', async () => {
    expect(teaching.obstacle).toBe('There is no text yet.');
    teaching.write('a');
    teaching.write('ab');
    expect(teaching.obstacle).toBe('The text is being counted.');
    await vi.runAllTimersAsync();
    expect(asked.slice(1)).toEqual([['teaching.plan', { task: { text: 'ab', settings } }]]);
    expect([teaching.obstacle, teaching.plan]).toEqual(['', plan]);
    teaching.set('steps', 9);
    await vi.runAllTimersAsync();
    expect(asked.at(-1)).toEqual(['teaching.plan', { task: { text: 'ab', settings: { ...settings, steps: 9 } } }]);
  });

  it('that changes while it is counted is counted once more, as it is then', async () => {
    let counted!: () => void;
    counting = () => new Promise<void>((resolve) => (counted = resolve));
    await write('a');
    await write('b');
    await write('c');
    expect(kinds()).toEqual(['teaching.open', 'teaching.plan']);
    counted();
    await vi.runAllTimersAsync();
    const texts = asked.flatMap((call) => (call[0] === 'teaching.plan' ? [call[1].task.text] : []));
    expect(texts).toEqual(['a', 'c']);
    expect(teaching.plan).toBeNull();
    counted();
    await vi.runAllTimersAsync();
    expect(teaching.plan).toEqual(plan);
  });

  it('comes from a file as well, but not during a lesson', async () => {
    await teaching.take(new Blob());
    expect(teaching.text).toBe('from a file');
    await vi.runAllTimersAsync();
    lesson = () => tell({ kind: 'learned', step: 1, loss: 2 });
    await teaching.learn();
    const before = kinds();
    await teaching.take(new Blob());
    expect(kinds()).toEqual(before);
  });

  it('that is none is refused, also while the model is being opened, until there is one', async () => {
    read = refuse('no text');
    const opening = teaching.open('a');
    await teaching.take(new Blob());
    await opening;
    expect(teaching.problem).toBe('no text');
    await write('a');
    expect(teaching.problem).toBe('');
  });

  it('that was measured is not the one that is written since', async () => {
    await write('a');
    lesson = () => tell({ kind: 'measured', step: 0, heldOut: 3, training: 4 });
    await teaching.measure();
    expect(teaching.rows).toEqual([{ step: 0, training: 4, heldOut: 3 }]);
    await write('b');
    expect(teaching.rows).toEqual([]);
  });
});

describe('a lesson', () => {
  beforeEach(() => write('a'));

  it('is a row a step, and what was measured there', async () => {
    lesson = () => {
      tell({ kind: 'preparing', done: 1, total: 2 });
      expect(teaching.progress).toEqual({ what: 'preparing', done: 1, total: 2 });
      tell({ kind: 'measured', step: 0, heldOut: 3, training: 4 });
      tell({ kind: 'learned', step: 1, loss: 4.5 });
      tell({ kind: 'learned', step: 2, loss: 4.2 });
      tell({ kind: 'measured', step: 2, heldOut: 2.9, training: null });
      expect([teaching.progress, teaching.doing]).toEqual([null, 'learning']);
    };
    await teaching.learn();
    expect(teaching.rows).toEqual([
      { step: 0, training: 4, heldOut: 3 },
      { step: 1, training: 4.5, heldOut: null },
      { step: 2, training: 4.2, heldOut: 2.9 },
    ]);
    expect([teaching.step, teaching.finished, teaching.settled, teaching.doing]).toEqual([2, false, true, 'nothing']);
    lesson = () => {
      tell({ kind: 'learned', step: 3, loss: 4.1 });
      tell({ kind: 'learned', step: 4, loss: 4 });
    };
    await teaching.learn();
    expect(teaching.finished).toBe(false);
    lesson = () => tell({ kind: 'measured', step: 4, heldOut: 2.5, training: 3.5 });
    await teaching.learn();
    expect(teaching.finished).toBe(true);
    expect(teaching.rows.at(-1)).toEqual({ step: 4, training: 3.5, heldOut: 2.5 });
  });

  it('that fails stands where it can go on, and says why', async () => {
    lesson = () => {
      tell({ kind: 'learned', step: 1, loss: 4 });
      tell({ kind: 'learned', step: 2, loss: 5 });
      tell({ kind: 'stands', step: 1 });
      refuse('The GPU went away.')();
    };
    await teaching.learn();
    expect([teaching.step, teaching.problem, teaching.doing]).toEqual([1, 'The GPU went away.', 'nothing']);
    expect(teaching.stands).toBe(true);
    lesson = refuse('The worker that teaches stopped.');
    await teaching.learn();
    expect([teaching.problem, teaching.stands]).toEqual(['The worker that teaches stopped.', false]);
    lesson = () => undefined;
    await teaching.learn();
    expect(teaching.problem).toBe('');
  });

  it('is kept as it stands, and told once', async () => {
    lesson = () => tell({ kind: 'learned', step: 1, loss: 4 });
    await teaching.learn();
    expect(await teaching.keep()).toBe(true);
    expect(teaching.kept).toEqual({ name: 'mine, 4 steps', step: 1 });
    lesson = () => tell({ kind: 'learned', step: 2, loss: 4 });
    await teaching.learn();
    expect(teaching.kept?.step).not.toBe(teaching.step);
    await teaching.drop();
    expect([teaching.rows, teaching.kept, teaching.text, teaching.settled]).toEqual([[], null, 'a', false]);
    expect(teaching.problem).toBe('');
    drop = refuse('The worker that teaches stopped.');
    await teaching.drop();
    expect(teaching.problem).toBe('The worker that teaches stopped.');
  });

  it('does one thing at a time', async () => {
    const [, , kept] = await Promise.all([teaching.learn(), teaching.measure(), teaching.keep()]);
    expect(kept).toBe(false);
    expect(kinds()).toEqual(['teaching.open', 'teaching.plan', 'teaching.learn']);
  });
});
