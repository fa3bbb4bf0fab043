import type { Judge } from '../../task/judge';
import type { Task } from '../../task/task';
import { taskOf } from '../../tasks';
import type { Tokenizer } from '../../tokenizer';
import { wordsTokenizer } from '../../chat/words-tokenizer';

/** A task, the words it is told in, and the judge of its answers. */
export interface Environment {
  task: Task;
  tokenizer: Tokenizer;
  judge: Judge;
}

const environments = new Map<string, Environment>();

/** The environment of a level of Masquerade; made once, since nothing in it changes. */
export function environmentOf(level: string): Environment {
  const known = environments.get(level);
  if (known) return known;
  const task = taskOf({ name: 'masquerade', level });
  const made = { task, tokenizer: wordsTokenizer(task.vocabulary), judge: task.judge };
  environments.set(level, made);
  return made;
}
