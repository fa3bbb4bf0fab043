import { describe, expect, it } from 'vitest';
import {
  WarmStartExampleError,
  pretrain,
  supervisedExample,
  warmStartBatch,
  warmStartRate,
} from '../../src/lab/models/pretrain';
import type { WarmStart } from '../../src/lab/models/pretrain';
import { warmStartSchedules } from '../../src/tasks/masquerade/warm-start-schedules';
import type { SupervisedSequence, TrainableModel } from '../../src/model/trainable-model';
import { MiniatureTokenizer, MiniatureTask } from '../waltz/miniature';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
const start: WarmStart = {
  task,
  tokenizer,
  name: 'conversation',
  schedule: { steps: 6, batch: 3, learningRate: 1e-2, warmupSteps: 2, gradientClip: 1 },
  seed: 4,
};

class Recorder implements Pick<TrainableModel, 'supervise'> {
  readonly batches: { examples: readonly SupervisedSequence[]; learningRate: number }[] = [];

  supervise(examples: readonly SupervisedSequence[], { learningRate }: { learningRate: number }) {
    this.batches.push({ examples, learningRate });
    const tokens = examples.flatMap(({ weights }) => weights).filter((weight) => weight > 0).length;
    return Promise.resolve({ loss: this.batches.length, tokens, grad_norm: 1 });
  }
}

async function train(done = 0) {
  const agent = new Recorder();
  const progress = [];
  for await (const one of pretrain(agent, start, done)) progress.push(one);
  return { agent, progress };
}

describe('an example', () => {
  it('carries loss on its target alone', () => {
    const example = supervisedExample({ context: '<user> kill', target: 'send sigterm <end>' }, tokenizer);
    expect(tokenizer.decode(example.ids)).toBe('<user> kill send sigterm <end>');
    expect(example.weights).toEqual([0, 0, 1, 1, 1]);
  });

  it('carries it where its mask says', () => {
    const masked = { context: '<user> kill', target: 'send sigterm <end>', mask: [false, true, false] };
    expect(supervisedExample(masked, tokenizer).weights).toEqual([0, 0, 0, 1, 0]);
  });

  it('with a mask of another length is an error', () => {
    const wrong = { context: '<user>', target: 'send sigterm', mask: [true] };
    expect(() => supervisedExample(wrong, tokenizer)).toThrow(WarmStartExampleError);
  });
});

describe('the learning rate', () => {
  it('rises, then falls in a line to a tenth', () => {
    const rates = [0, 1, 2, 3, 4, 5].map((step) => warmStartRate(start.schedule, step));
    [0.005, 0.01, 0.01, 0.007, 0.004, 0.001].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
  });

  it.each(Object.entries(warmStartSchedules))(
    'of %s agents stays between a tenth of the peak and the peak',
    (_, of) => {
      for (const schedule of Object.values(of)) {
        const after = Array.from({ length: schedule.steps - schedule.warmupSteps }, (_, i) =>
          warmStartRate(schedule, schedule.warmupSteps + i),
        );
        expect(after[0]).toBeCloseTo(schedule.learningRate, 12);
        expect(after.at(-1)).toBeCloseTo(schedule.learningRate / 10, 12);
        expect(after.every((rate, i) => i === 0 || rate < after[i - 1])).toBe(true);
      }
    },
  );
});

describe('the warm start', () => {
  it('takes every step and tells how it goes', async () => {
    const { agent, progress } = await train();
    expect(progress.map(({ step, loss, tokens }) => [step, loss, tokens])).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => [step, step, 12]),
    );
    expect(agent.batches.map(({ learningRate }) => learningRate)).toEqual(
      progress.map(({ learningRate }) => learningRate),
    );
  });

  it('resumed goes on with the very batches and rates of the one never stopped', async () => {
    const whole = await train();
    const rest = await train(4);
    expect(rest.agent.batches).toEqual(whole.agent.batches.slice(4));
    expect(rest.progress.map(({ step }) => step)).toEqual([5, 6]);
  });

  it('has other batches in every step, for every seed and for either agent', () => {
    const batches = [
      warmStartBatch(start, 0),
      warmStartBatch(start, 1),
      warmStartBatch({ ...start, seed: 5 }, 0),
      warmStartBatch({ ...start, name: 'feedback' }, 0),
    ].map((batch) => JSON.stringify(batch));
    expect(new Set(batches).size).toBe(4);
    expect(JSON.stringify(warmStartBatch(start, 0))).toBe(batches[0]);
  });
});
