import { hash32 } from '../../random/philox';
import { tasks } from '../../tasks';
import { isShipped, shippedModel } from '../models/shipped';
import { ConfigError, allowed, parseConfig, since } from './schema';
import { fieldOf, fields } from './fields';
import type { Choice, Field, FieldKind, FieldPath } from './fields';
import { presets } from './presets';
import { earlierLevel } from './renewal';
import type { RunConfig } from './run-config';

export type FieldValue = number | string;

interface Tree {
  [key: string]: FieldValue | Tree;
}

/** The value of a field. */
export function valueAt(config: RunConfig, path: FieldPath): FieldValue {
  let node: FieldValue | Tree = config as unknown as Tree;
  for (const key of path.split('.')) node = (node as Tree)[key];
  return node as FieldValue;
}

/**
 * A copy with one field set from text, as `--set path=value` and URLs give it. Throws `ConfigError` naming the path and
 * the allowed range. What must hold between fields is left to `parseConfig`, after the last edit.
 */
export function setPath(config: RunConfig, path: string, text: string): RunConfig {
  const field = fieldOf(path);
  if (!field) {
    throw new ConfigError(`${path} is not a setting. The settings are ${fields.map((one) => one.path).join(', ')}.`);
  }
  const value = read(text.trim(), field.kind);
  if (value === undefined) throw new ConfigError(`${path} must be ${allowed(field.kind)}, not "${text}".`);
  const copy = structuredClone(config);
  const keys = path.split('.');
  let node = copy as unknown as Tree;
  for (const key of keys.slice(0, -1)) node = node[key] as Tree;
  node[keys[keys.length - 1]] = value;
  return copy;
}

/** What a field can be while the others stay as they are: a task has levels of its own. None for a number. */
export function choicesIn(config: RunConfig, { path, kind }: Field): readonly Choice[] {
  if (kind.type !== 'choice') return [];
  if (path !== 'task.level') return kind.choices;
  const own = tasks[config.task.name].levels.map(({ name }) => name);
  return kind.choices.filter(({ value }) => own.includes(value));
}

/**
 * A copy with one field set as people choose it: a task comes with its first level, and a level with the base agents that are
 * shipped for it where the agents were the shipped ones of the level before. Throws as `setPath` does.
 */
export function choose(config: RunConfig, path: FieldPath, text: string): RunConfig {
  const chosen = setPath(config, path, text);
  const { name } = chosen.task;
  if (path !== 'task.name' && path !== 'task.level') return chosen;
  const task = path === 'task.name' ? { name, level: tasks[name].levels[0].name } : chosen.task;
  const model = isShipped(config) ? shippedModel(task) : null;
  return { ...chosen, task, model: model ?? chosen.model };
}

/** Undefined where the field does not take this text. */
function read(text: string, kind: FieldKind): FieldValue | undefined {
  if (kind.type === 'choice') return kind.choices.find(({ value }) => value === text)?.value;
  const value = text === '' ? NaN : Number(text);
  const inRange = value >= kind.min && value <= kind.max;
  return inRange && (kind.type === 'number' || Number.isInteger(value)) ? value : undefined;
}

/**
 * The config of a run at this step with other lengths of its stages: all that a run which goes on may change. Throws
 * `ConfigError` where the steps behind it would have been others.
 */
export function withStages(config: RunConfig, step: number, { one, two }: RunConfig['stages']): RunConfig {
  const changed = parseConfig({ ...config, stages: { one, two } });
  if (one !== config.stages.one && step > Math.min(one, config.stages.one)) {
    throw new ConfigError(`This run is at step ${step}, past the end of stage 1: stages.one cannot change any more.`);
  }
  if (one + two < step) {
    throw new ConfigError(`This run is at step ${step} already: stages.two must be at least ${step - one}.`);
  }
  return changed;
}

/** A field in which a config is not its preset. */
export interface Difference {
  field: Field;
  value: FieldValue;
  preset: FieldValue;
}

/** Where a config leaves its preset, in the order of `fields`; against `standard` where the preset has no such name. */
export function differences(config: RunConfig): Difference[] {
  const base = Object.hasOwn(presets, config.preset)
    ? presets[config.preset as keyof typeof presets]
    : presets.standard;
  return fields
    .map((field) => ({ field, value: valueAt(config, field.path), preset: valueAt(base, field.path) }))
    .filter(({ value, preset }) => value !== preset);
}

/** What makes it another experiment than its preset: all that differs, the seed apart. */
export function changesOf(config: RunConfig): Difference[] {
  return differences(config).filter(({ field }) => field.path !== 'seed');
}

/**
 * Settings that say nothing of the result, the order of summation apart: when to save, how much to compute at once. The seed
 * stands beside the hash in file names.
 */
const leftOut: readonly string[] = [
  'seed',
  'checkpoint.every_steps',
  'checkpoint.every_seconds',
  'optimizer.micro_batch_tokens',
];

/** What a level chose once. */
const chosenByLevel: readonly string[] = ['task.name', 'task.level', 'model', 'init'] satisfies FieldPath[];

/**
 * 16 hexadecimal digits, the same for two configs if and only if they ask for the same experiment (seed apart). A setting
 * that came later counts only where it is not what it was before, so that earlier hashes stay.
 */
export function configHash(config: RunConfig): string {
  const level = earlierLevel(config);
  const apart = level === null ? leftOut : [...leftOut, ...chosenByLevel];
  const lines = fields
    .filter(({ path }) => !apart.includes(path) && valueAt(config, path) !== since[path])
    .map(({ path }) => `${path}=${valueAt(config, path)}`);
  const text = [...lines, ...(level === null ? [] : [`level=${level}`])].sort().join('\n');
  return ['a', 'b']
    .map((salt) =>
      hash32(salt + text)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}
