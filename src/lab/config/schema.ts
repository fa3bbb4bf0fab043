import * as v from 'valibot';
import type { Stage } from '../../task/prompt';
import { roles } from '../../waltz/game/roles';
import { needsGroups } from '../../waltz/learn/advantages';
import { tasks } from '../../tasks';
import type { Method } from '../../waltz/learn/settings';
import { fields } from './fields';
import type { FieldKind, FieldPath } from './fields';
import { renewedConfig } from './renewal';
import type { RunConfig } from './run-config';

/** Raised whenever a stored config would mean something else. */
export const configVersion = 2;
/** The oldest version that `schema` still reads. */
export const oldestConfigVersion = 1;

export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** What a field accepts, in words. */
export function allowed(kind: FieldKind): string {
  if (kind.type === 'choice') return `one of ${kind.choices.map(({ value }) => value).join(', ')}`;
  return `${kind.type === 'integer' ? 'a whole number' : 'a number'} from ${kind.min} to ${kind.max}`;
}

function leaf(kind: FieldKind): v.GenericSchema {
  const message = `must be ${allowed(kind)}`;
  if (kind.type === 'choice') {
    return v.picklist(
      kind.choices.map(({ value }) => value),
      message,
    );
  }
  const number = v.pipe(v.number(message), v.minValue(kind.min, message), v.maxValue(kind.max, message));
  return kind.type === 'integer' ? v.pipe(number, v.integer(message)) : number;
}

/** Roles whose rates every config names; those that joined later are left out of older ones. */
const FIRST_ROLES = 2;

/** Settings that configs written before them leave out, and what that meant. */
export const since: Partial<Record<FieldPath, number | string>> = {
  method: 'waltzrl',
  'reward.lambda_two': 0,
  'reward.gate': 'all',
  'policy.reference': 'run',
  'optimizer.micro_batch_tokens': 0,
  ...Object.fromEntries(
    roles.slice(FIRST_ROLES).map(({ name, learningRate }) => [`optimizer.learning_rate.${name}`, learningRate]),
  ),
};

interface Branch {
  [key: string]: Branch | v.GenericSchema;
}

/** The tree of leaves as one strict object each: an unknown key is an error, not silence. */
function object(tree: Branch): v.GenericSchema {
  const entries = Object.entries(tree).map(([key, child]) => [
    key,
    v.isOfKind('schema', child as v.GenericSchema) ? child : object(child as Branch),
  ]);
  return v.strictObject(Object.fromEntries(entries) as v.ObjectEntries);
}

function tree(): Branch {
  const root: Branch = {
    preset: v.pipe(v.string('must be a name'), v.maxLength(100, 'must be at most 100 characters')),
  };
  for (const { path, kind } of fields) {
    const keys = path.split('.');
    let branch = root;
    for (const key of keys.slice(0, -1)) branch = (branch[key] ??= {}) as Branch;
    branch[keys[keys.length - 1]] = path in since ? v.optional(leaf(kind), since[path]) : leaf(kind);
  }
  return root;
}

const everyField = object(tree()) as unknown as v.GenericSchema<RunConfig>;

/**
 * Checks a whole config from outside: every field, then what must hold between fields. Built from `fields`. Reads configs of
 * version 1, too.
 */
export const schema = v.pipe(
  v.unknown(),
  v.transform(renewedConfig),
  everyField,
  v.rawCheck<RunConfig>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [path, message] of conflicts(dataset.value)) {
      addIssue({ message, path: issuePath(dataset.value, path) });
    }
  }),
) as v.GenericSchema<unknown, RunConfig>;

/** What the fields of a config say against each other: the field to change, and how. */
function conflicts({ task, method, policy, rollout, stages, freeze }: RunConfig): [path: FieldPath, message: string][] {
  const found: [FieldPath, string][] = [];
  const levels = tasks[task.name].levels.map(({ name }) => name);
  if (!levels.includes(task.level)) found.push(['task.level', `must be one of ${levels.join(', ')} in ${task.name}`]);
  if (needsGroups(policy.estimator) && rollout.rollouts_per_prompt < 2) {
    const why = `must be at least 2 with ${policy.estimator}, whose baseline is the mean of a group`;
    found.push(['rollout.rollouts_per_prompt', why]);
  }
  if (stages.one + stages.two === 0) found.push(['stages.two', 'must be at least 1 while stage 1 has no steps']);
  const frozen = roles.find(({ name }) => name === freeze);
  const onlyOneIn = (stage: Stage) => frozen?.learns(method, stage) && learnersIn(method, stage).length === 1;
  if (frozen && method === 'single-model' && onlyOneIn(1)) {
    found.push(['freeze', `must not be the ${frozen.label} where it is the only one that plays`]);
  }
  if (frozen && method === 'waltzrl' && onlyOneIn(1) && stages.one > 0) {
    const why = `must be 0 while the ${frozen.label} is frozen, as nothing would learn in stage 1`;
    found.push(['stages.one', why]);
  }
  return found;
}

const learnersIn = (method: Method, stage: Stage) => roles.filter((role) => role.learns(method, stage));

function issuePath(config: RunConfig, path: FieldPath): [v.IssuePathItem, ...v.IssuePathItem[]] {
  let input = config as unknown as Record<string, unknown>;
  const items = path.split('.').map((key): v.IssuePathItem => {
    const item = { type: 'object' as const, origin: 'value' as const, input, key, value: input[key] };
    input = item.value as Record<string, unknown>;
    return item;
  });
  return items as [v.IssuePathItem, ...v.IssuePathItem[]];
}

/** A checked copy of `value`; throws `ConfigError` naming the path and what it allows. */
export function parseConfig(value: unknown): RunConfig {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const reasons = result.issues.map((issue) => {
    const path = v.getDotPath(issue) ?? 'the config';
    if (issue.type === 'strict_object' && issue.expected === 'never') return `${path} is not a setting`;
    if (issue.type === 'strict_object' && issue.received === 'undefined') return `${path} is missing`;
    return issue.type === 'strict_object' ? `${path} must be an object` : `${path} ${issue.message}`;
  });
  throw new ConfigError(`This config cannot run: ${reasons.join('; ')}.`);
}
