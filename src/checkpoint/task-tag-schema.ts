import * as v from 'valibot';
import type { TaskTag } from '../task/task-tag';

const label = v.pipe(v.string(), v.maxLength(1000));
const version = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const tag = v.object({ name: label, level: label, version, hash: v.optional(label, '') });

/** Checks the tag of a task that comes from a file or a store. */
export const taskTagSchema = tag satisfies v.GenericSchema<unknown, TaskTag>;

/** What version 0.2.0 wrote under `world`: the task under its title, without a hash. */
export const worldTagSchema = v.pipe(
  v.object({ name: label, level: label, version }),
  v.transform(({ name, ...rest }): TaskTag => ({ name: name.toLowerCase(), ...rest, hash: '' })),
);
