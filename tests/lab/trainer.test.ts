import { describe, expect, it, vi } from 'vitest';
import { presets, type RunConfig } from '../../src/lab/config';
import { Run } from '../../src/lab/run/run';
import { Trainer, type TrainerEvent } from '../../src/lab/run/trainer';
import { CountingJudge, feedbackText, MiniatureTask, MiniatureTokenizer, REFUSAL, SIGTERM } from '../waltz/miniature';
import { ScriptedAgent } from '../waltz/scripted-agent';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
/** Milestones are 3 and 5; evaluations are due at 0, 4 and 7. */
const config: RunConfig = {
  ...presets.tiny,
  stages: { one: 3, two: 4 },
  evaluation: { ...presets.tiny.evaluation, every: 4 },
  checkpoint: { every_steps: 100, every_seconds: 600 },
};

/** A run that tells what happens to it, in order, as `step 1`, `evaluation 0`, `checkpoint 3`. */
function begin(changed: Partial<RunConfig> = {}, { kept = true, from }: { kept?: boolean; from?: Run } = {}) {
  const agents = {
    conversation: new ScriptedAgent(tokenizer, (_, { random, updates }) =>
      random.chance(0.4 + 0.05 * updates) ? REFUSAL : SIGTERM,
    ),
    feedback: new ScriptedAgent(tokenizer, (_, { random }) => feedbackText(random.chance(0.5), false, 'refuse')),
  };
  const parts = { task, tokenizer, judge: new CountingJudge(task), agents };
  const run = from ? Run.resume(from.snapshot(), parts) : new Run({ ...config, ...changed }, parts);
  const log: string[] = [];
  const events: TrainerEvent[] = [];
  const state = { stopping: () => false, save: () => Promise.resolve() };
  const trainer = new Trainer(
    run,
    {
      emit: (event) => {
        events.push(event);
        if (event.kind === 'stepped') log.push(`step ${event.metrics.step}`);
        if (event.kind === 'evaluated') log.push(`evaluation ${event.evaluation.step}`);
      },
      save: async () => {
        await state.save();
        log.push(`checkpoint ${run.completed}`);
      },
      stopping: () => state.stopping(),
    },
    { kept },
  );
  const checkpoints = () => log.filter((line) => line.startsWith('checkpoint'));
  return { agents, run, log, events, state, trainer, checkpoints };
}

describe('a run that is trained to its end', () => {
  it('is evaluated when due and saved after its first step, at its milestones and its end, a step’s evaluation first', async () => {
    const { log, trainer, run } = begin();
    await trainer.train();
    expect(log).toEqual([
      ...['evaluation 0', 'step 1', 'checkpoint 1', 'step 2', 'step 3', 'checkpoint 3', 'step 4', 'evaluation 4'],
      ...['step 5', 'checkpoint 5', 'step 6', 'step 7', 'evaluation 7', 'checkpoint 7'],
    ]);
    expect([run.finished, trainer.changed, trainer.savedStep]).toEqual([true, false, 7]);
  });

  it('is saved every so many steps since its last checkpoint', async () => {
    const { trainer, checkpoints } = begin({ checkpoint: { every_steps: 2, every_seconds: 600 } });
    await trainer.train();
    expect(checkpoints()).toEqual([1, 3, 5, 7].map((step) => `checkpoint ${step}`));
  });

  it('is saved every so many seconds', async () => {
    const seconds = { stages: { one: 0, two: 7 }, checkpoint: { every_steps: 100, every_seconds: 5 } };
    const { run, trainer, checkpoints } = begin(seconds);
    // Four seconds a step; the middle of stage 2 is a milestone.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => 4000 * run.completed);
    await trainer.train().finally(() => clock.mockRestore());
    expect(checkpoints()).toEqual([1, 3, 5, 7].map((step) => `checkpoint ${step}`));
  });

  it('is not saved again where nothing is new, and is where it was not kept', async () => {
    const { run, trainer } = begin();
    await trainer.train();
    const again = begin({}, { from: run });
    await again.trainer.train();
    expect(again.log).toEqual([]);
    const elsewhere = begin({}, { from: run, kept: false });
    expect(elsewhere.trainer.savedStep).toBeNull();
    await elsewhere.trainer.train();
    expect(elsewhere.log).toEqual(['checkpoint 7']);
  });
});

describe('a run that is to stop', () => {
  it('is saved after the current step, and goes on as the run that never stopped', async () => {
    const straight = begin();
    await straight.trainer.train();
    const first = begin();
    first.state.stopping = () => first.run.completed === 2;
    await first.trainer.train();
    expect(first.log).toEqual(['evaluation 0', 'step 1', 'checkpoint 1', 'step 2', 'checkpoint 2']);
    first.state.stopping = () => false;
    await first.trainer.train();
    expect(first.log.slice(5)).toEqual(straight.log.slice(4));
    const timeless = ({ metrics }: Run) => metrics.map((one) => ({ ...one, time: null }));
    expect(timeless(first.run)).toEqual(timeless(straight.run));
    expect(first.agents.conversation.weight).toBe(straight.agents.conversation.weight);
  });

  it('breaks off its evaluation, which leaves no trace and is made anew', async () => {
    const evaluation = { ...config.evaluation, prompts: 64 };
    const { state, events, run, log, trainer } = begin({ evaluation });
    state.stopping = () => events.length > 0;
    await trainer.train();
    expect(events.map(({ kind }) => kind)).toEqual(['evaluating']);
    expect([run.evaluations, log]).toEqual([[], []]);
    state.stopping = () => false;
    await trainer.next();
    expect(log).toEqual(['evaluation 0']);
  });

  it('before its last evaluation is not finished', async () => {
    const { state, run, trainer, checkpoints } = begin();
    state.stopping = () => run.done;
    await trainer.train();
    expect([run.done, run.finished, checkpoints().at(-1)]).toEqual([true, false, 'checkpoint 7']);
    state.stopping = () => false;
    await trainer.train();
    expect([run.finished, checkpoints()]).toEqual([
      true,
      ['checkpoint 1', 'checkpoint 3', 'checkpoint 5', 'checkpoint 7', 'checkpoint 7'],
    ]);
  });
});

describe('where something fails', () => {
  it('a step leaves the run broken', async () => {
    const { agents, trainer, log } = begin();
    await trainer.next();
    agents.conversation.generate = () => Promise.reject(new Error('the GPU refused'));
    await expect(trainer.train()).rejects.toThrow('the GPU refused');
    expect([trainer.broken, log]).toEqual([true, ['evaluation 0']]);
  });

  it('saving leaves it as it was, to be saved again', async () => {
    const { state, trainer, log } = begin();
    state.save = () => Promise.reject(new Error('no room'));
    await expect(trainer.train()).rejects.toThrow('no room');
    expect([trainer.broken, trainer.changed, trainer.savedStep, log.at(-1)]).toEqual([false, true, 0, 'step 1']);
    state.save = () => Promise.resolve();
    await trainer.train();
    expect(log.slice(2, 4)).toEqual(['checkpoint 1', 'step 2']);
  });

  it('what was measured beside the run is new as well', async () => {
    const { run, trainer, checkpoints } = begin();
    await run.measure({ prompts: 2, batch: 64 }, () => false);
    expect(trainer.changed).toBe(true);
    await trainer.saveChanges();
    expect([trainer.changed, checkpoints()]).toEqual([false, ['checkpoint 0']]);
  });
});
