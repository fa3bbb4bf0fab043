/** What the floor asks of the tasks: prompts to dance to. Pure. */
import type { Prompt } from '../../src/task/prompt';
import type { TaskChoice } from '../../src/task/task-tag';
import { taskChoices, taskOf } from '../../src/tasks';
import { Random } from '../../src/random/philox';
import type { PromptReading, TaskDescription } from '../protocol/floor';

/** Prompts of a set that can be drawn. */
const PROMPTS = 512;

export function describeTasks(): TaskDescription[] {
  return taskChoices.map((choice) => {
    const { composer, vocabulary, sets } = taskOf(choice);
    const words = vocabulary.filter((word) => /^([a-z]+|[.,?;])$/.test(word));
    return {
      task: choice,
      composition: composer?.fields ?? [],
      words,
      sets: sets.map(({ name, description }) => ({ name, description })),
    };
  });
}

/** A prompt of the evaluation draw: the audit's stay unseen. */
export function drawPrompt(choice: TaskChoice, set: string, seed: number): Prompt {
  const prompts = taskOf(choice).prompts.evaluation(set, 'eval', PROMPTS);
  return new Random(seed, 'prompts', [0, 0, 0]).pick(prompts);
}

/** Throws `RangeError` for a task that has no parts to compose of, and what its composer throws. */
export function composePrompt(choice: TaskChoice, choices: Readonly<Record<string, string>>, seed: number): Prompt {
  const { composer } = taskOf(choice);
  if (!composer) throw new RangeError('Prompts of this task cannot be put together. Write or draw one.');
  return composer.compose(choices, new Random(seed, 'prompts', [0, 0, 0]));
}

/** Role tokens are no words of a task: who could write them could speak for the agents. */
export function readPrompt(choice: TaskChoice, text: string): PromptReading {
  const task = taskOf(choice);
  const known = new Set(task.vocabulary);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const unknown = [...new Set(words.filter((word) => !known.has(word)))];
  return { truth: task.read(words.join(' ')), unknown };
}
