import type { Judge } from '../../task/judge';
import type { Task } from '../../task/task';
import type { TaskChoice } from '../../task/task-tag';
import { taskOf } from '../../tasks';
import type { Tokenizer } from '../../tokenizer';
import { wordsTokenizer } from '../../chat/words-tokenizer';

/** A task, the words it is told in, and the judge of its answers. */
export interface Environment {
  task: Task;
  tokenizer: Tokenizer;
  judge: Judge;
}

const environments = new Map<Task, Environment>();

/** The environment of a task; made once, since nothing in it changes. Throws `UnknownTaskError`. */
export function environmentOf(choice: TaskChoice): Environment {
  const task = taskOf(choice);
  const known = environments.get(task);
  if (known) return known;
  const made = { task, tokenizer: wordsTokenizer(task.vocabulary), judge: task.judge };
  environments.set(task, made);
  return made;
}
