/** What version 0.2.0 wrote, in the words of today: its `level` chose a task, a size and base agents at once. */
import type { SizeName } from '../../model/sizes';
import type { RunConfig } from './run-config';

type Chosen = Pick<RunConfig, 'task' | 'model' | 'init'>;

/** The size of each level's agents. */
const models: Readonly<Record<string, SizeName>> = { tiny: '0.06M', standard: '0.1M', hard: '0.17M' };

/** What a level chose; a level that there never was chooses no size. */
function choiceOf(level: unknown): {
  task: { name: string; level: unknown };
  model: SizeName | undefined;
  init: string;
} {
  const model = typeof level === 'string' && Object.hasOwn(models, level) ? models[level] : undefined;
  return { task: { name: 'masquerade', level }, model, init: 'base' };
}

/** The level that chose this, null where none did: then version 0.2.0 could not have run it. */
export function earlierLevel({ task, model, init }: Chosen): string | null {
  const level = Object.hasOwn(models, task.level) && models[task.level] === model ? task.level : null;
  return task.name === 'masquerade' && init === 'base' ? level : null;
}

/** A config of version 0.2.0 as it would be written today; any other value as it is. */
export function renewedConfig(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('level' in value) || 'task' in value) return value;
  const { level, ...rest } = value;
  return { ...rest, ...choiceOf(level) };
}

/** Settings of a link of version 1, by path, as they would be written today. */
export function renewedSettings(settings: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...settings].flatMap(([path, value]): [string, string][] => {
      if (path !== 'level') return [[path, value]];
      const { model } = choiceOf(value);
      return [['task.level', value], ...(model ? [['model', model] satisfies [string, string]] : [])];
    }),
  );
}
