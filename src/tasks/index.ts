/** All tasks, by their names. */
import type { Task, TaskFamily } from '../task/task';
import type { TaskChoice } from '../task/task-tag';
import * as families from './families';

export const tasks: Readonly<Record<string, TaskFamily>> = families;

/** Each task at each of its levels. */
export const taskChoices: readonly TaskChoice[] = Object.entries(tasks).flatMap(([name, { levels }]) =>
  levels.map((level) => ({ name, level: level.name })),
);

export class UnknownTaskError extends Error {
  override name = 'UnknownTaskError';
}

const made = new Map<string, Task>();

/** A task at a level; made once, since nothing in it changes. Throws `UnknownTaskError`. */
export function taskOf({ name, level }: TaskChoice): Task {
  const key = `${name} ${level}`;
  const known = made.get(key);
  if (known) return known;
  if (!Object.hasOwn(tasks, name)) {
    throw new UnknownTaskError(`There is no task "${name}". The tasks are ${Object.keys(tasks).join(', ')}.`);
  }
  const { levels, create } = tasks[name];
  if (levels.every((one) => one.name !== level)) {
    const names = levels.map((one) => one.name).join(', ');
    throw new UnknownTaskError(`The task ${name} has no level "${level}". Its levels are ${names}.`);
  }
  const task = create(level);
  made.set(key, task);
  return task;
}
