import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  configHash,
  defaults,
  differences,
  fieldOf,
  fields,
  parseConfig,
  presets,
  changeWords,
  choicesIn,
  choose,
  experimentName,
  runName,
  milestones,
  setPath,
  valueAt,
  withStages,
} from '../../src/lab/config';
import type { FieldPath, RunConfig } from '../../src/lab/config';

/** Every dotted path to a leaf. */
function leaves(value: object, at = ''): string[] {
  return Object.entries(value as Record<string, unknown>).flatMap(([key, child]) =>
    typeof child === 'object' && child !== null ? leaves(child, `${at}${key}.`) : [`${at}${key}`],
  );
}

describe('fields', () => {
  it('describe every leaf of a config once, the name of its preset apart', () => {
    const described = fields.map(({ path }) => path);
    expect([...described, 'preset'].sort()).toEqual(leaves(defaults).sort());
  });

  it('say that ε does nothing with one update a batch', () => {
    expect(fieldOf('policy.epsilon')!.description).toContain('does nothing while updates a batch is 1');
  });

  it("give the paper's coefficients, and the default is the same where a toy model needs no other", () => {
    for (const path of ['reward.alpha', 'reward.lambda', 'reward.gamma', 'policy.beta', 'policy.epsilon'] as const) {
      expect(valueAt(defaults, path)).toBe(fieldOf(path)!.paper);
    }
  });
});

describe('presets', () => {
  it.each(Object.entries(presets))('%s is valid, named and differs in nothing from itself', (name, preset) => {
    expect(parseConfig(preset)).toEqual(preset);
    expect(preset.preset).toBe(name);
    expect(differences(preset)).toEqual([]);
  });
});

describe('parseConfig', () => {
  const without = (path: string): unknown => {
    const copy = structuredClone(defaults) as unknown as Record<string, Record<string, unknown>>;
    const [first, second] = path.split('.');
    if (second) Reflect.deleteProperty(copy[first], second);
    else Reflect.deleteProperty(copy, first);
    return copy;
  };
  const edited = (edit: (config: RunConfig) => void): RunConfig => {
    const copy = structuredClone(defaults);
    edit(copy);
    return copy;
  };

  it.each<[string, unknown, string]>([
    ['out of range', edited((c) => (c.reward.alpha = 3)), 'reward.alpha must be a number from 0 to 2'],
    ['not whole', edited((c) => (c.rollout.max_rounds = 1.5)), 'rollout.max_rounds must be a whole number from 1 to 4'],
    ['not a number', edited((c) => (c.policy.beta = NaN)), 'policy.beta must be a number from 0 to 0.5'],
    ['a text', { ...defaults, seed: '1' }, 'seed must be a whole number from 0 to 4294967295'],
    [
      'another choice',
      { ...defaults, task: { name: 'masquerade', level: 'huge' } },
      'task.level must be one of tiny, standard, hard',
    ],
    ['a missing leaf', without('reward.gamma'), 'reward.gamma is missing'],
    ['a missing branch', without('stages'), 'stages is missing'],
    ['a branch that is none', { ...defaults, stages: 3 }, 'stages must be an object'],
    ['an unknown key', { ...defaults, reward: { ...defaults.reward, delta: 1 } }, 'reward.delta is not a setting'],
    ['nothing', null, 'the config must be an object'],
    [
      'a group of one',
      edited((c) => (c.policy.estimator = 'grpo')),
      'rollout.rollouts_per_prompt must be at least 2 with grpo',
    ],
    ['no steps', edited((c) => (c.stages = { one: 0, two: 0 })), 'stages.two must be at least 1'],
    ['a stage that trains nothing', edited((c) => (c.freeze = 'feedback')), 'stages.one must be 0'],
  ])('refuses %s', (_, value, message) => {
    expect(() => parseConfig(value)).toThrow(ConfigError);
    expect(() => parseConfig(value)).toThrow(message);
  });

  it('names every wrong field at once', () => {
    const value = edited((c) => {
      c.reward.alpha = -1;
      c.seed = -1;
    });
    expect(() => parseConfig(value)).toThrow(/seed must.*reward\.alpha must|reward\.alpha must.*seed must/);
  });

  it('reads a config from before a batch could be split as one that computes it whole', () => {
    expect(parseConfig(without('optimizer.micro_batch_tokens'))).toEqual(defaults);
    expect(defaults.optimizer.micro_batch_tokens).toBe(0);
  });

  it('does not keep the object that it was given', () => {
    const given = structuredClone(defaults);
    const parsed = parseConfig(given);
    given.reward.alpha = 0;
    expect(parsed.reward.alpha).toBe(0.65);
  });
});

describe('setPath', () => {
  it('sets every field to each of its ends or choices, and valueAt reads it back', () => {
    for (const { path, kind } of fields) {
      const values = kind.type === 'choice' ? kind.choices.map(({ value }) => value) : [kind.min, kind.max];
      for (const value of values) expect(valueAt(setPath(defaults, path, String(value)), path)).toBe(value);
    }
  });

  it('leaves the given config as it was', () => {
    const before = structuredClone(defaults);
    setPath(defaults, 'reward.alpha', '1');
    expect(defaults).toEqual(before);
  });

  it.each([
    ['reward.alpha', '2.1', 'reward.alpha must be a number from 0 to 2, not "2.1"'],
    ['reward.alpha', '', 'reward.alpha must be'],
    ['reward.alpha', 'much', 'reward.alpha must be'],
    ['reward.alpha', 'Infinity', 'reward.alpha must be'],
    ['rollout.batch', '2.5', 'rollout.batch must be a whole number from 1 to 512'],
    ['freeze', 'all', 'freeze must be one of none, conversation, feedback'],
    ['reward', '1', 'reward is not a setting. The settings are task.name, task.level, model, init, method, seed'],
    ['__proto__.polluted', '1', '__proto__.polluted is not a setting'],
    ['constructor', '1', 'constructor is not a setting'],
  ])('%s=%s is refused', (path, text, message) => {
    expect(() => setPath(defaults, path, text)).toThrow(ConfigError);
    expect(() => setPath(defaults, path, text)).toThrow(message);
  });

  it('never lets a value through that parseConfig would refuse', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fields.filter(({ path }) => !/freeze|estimator|stages|task/.test(path))),
        fc.string(),
        (field, text) => {
          let config: RunConfig;
          try {
            config = setPath(defaults, field.path, text);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
            return;
          }
          expect(parseConfig(config)).toEqual(config);
        },
      ),
    );
  });
});

describe('a choice', () => {
  it('of a level brings the model that is shipped for it, where the model was the one of the level before', () => {
    const hard = choose(defaults, 'task.level', 'hard');
    expect(hard).toEqual({ ...defaults, task: presets.hard.task, model: presets.hard.model });
    expect(choose(hard, 'task.level', 'tiny').model).toBe(presets.tiny.model);
    const larger = choose(hard, 'model', '5M');
    expect(larger).toEqual({ ...hard, model: '5M' });
    expect(choose(larger, 'task.level', 'tiny').model).toBe('5M');
    expect(choose(hard, 'task.name', 'masquerade')).toEqual(choose(hard, 'task.level', 'tiny'));
    // None are shipped for this one.
    const lights = choose(hard, 'task.name', 'lights');
    expect(lights).toEqual({ ...hard, task: { name: 'lights', level: 'crossing' } });
    expect(parseConfig(lights)).toEqual(lights);
    expect(choose({ ...lights, model: '0.1M' }, 'task.name', 'masquerade').model).toBe('0.1M');
    expect(() => choose(hard, 'task.level', 'huge')).toThrow(ConfigError);
  });
});

it('offers the levels of a config’s own task', () => {
  const values = (config: RunConfig) => choicesIn(config, fieldOf('task.level')!).map(({ value }) => value);
  expect(values(defaults)).toEqual(['tiny', 'standard', 'hard']);
  expect(values(choose(defaults, 'task.name', 'lights'))).toEqual(['crossing']);
  expect(choicesIn(defaults, fieldOf('init')!).map(({ value }) => value)).toEqual(['base', 'random']);
  expect(choicesIn(defaults, fieldOf('seed')!)).toEqual([]);
});

describe('a run that goes on', () => {
  const run = { ...presets.tiny, stages: { one: 2, two: 4 } };

  it('may have longer or shorter stages, as long as what is behind it stays what it was', () => {
    expect(withStages(run, 2, { one: 5, two: 1 }).stages).toEqual({ one: 5, two: 1 });
    expect(withStages(run, 4, { one: 2, two: 2 }).stages).toEqual({ one: 2, two: 2 });
    expect(() => withStages(run, 3, { one: 5, two: 4 })).toThrow(/step 3, past the end of stage 1/);
    expect(() => withStages(run, 2, { one: 1, two: 4 })).toThrow(/stages.one cannot change/);
    expect(() => withStages(run, 4, { one: 2, two: 1 })).toThrow(/stages.two must be at least 2/);
    expect(() => withStages(run, 0, { one: 2, two: 2.5 })).toThrow(ConfigError);
  });

  it('has checkpoints worth keeping at the end of stage 1 and in the middle of stage 2', () => {
    const at = (one: number, two: number) => milestones({ ...run, stages: { one, two } });
    expect(at(10, 50)).toEqual([10, 35]);
    expect(at(0, 50)).toEqual([25]);
    expect(at(10, 0)).toEqual([10]);
    expect(at(10, 1)).toEqual([10]);
    expect(at(0, 1)).toEqual([]);
  });
});

describe('names and hashes', () => {
  it('name what differs', () => {
    const config = setPath(setPath(defaults, 'reward.alpha', '0.5'), 'seed', '4');
    expect(runName(config)).toBe('standard · α 0.5 · seed 4');
    expect(differences(config).map(({ field, value, preset }) => [field.path, value, preset])).toEqual([
      ['seed', 4, 1],
      ['reward.alpha', 0.5, 0.65],
    ]);
  });

  it('say settings in the words of a reader', () => {
    const changed = (...edits: [path: string, value: string][]) =>
      changeWords(edits.reduce((config, [path, value]) => setPath(config, path, value), { ...defaults, seed: 9 }));
    expect(changed()).toEqual([]);
    expect(changed(['method', 'single-model'], ['stages.two', '300'])).toEqual(['single-model RL', '200 + 300 steps']);
    expect(changed(['stages.one', '300'], ['stages.two', '0'], ['reward.variant', 'B'])).toEqual([
      '300 + 0 steps',
      'no λ',
    ]);
    expect(changed(['rollout.batch', '8'], ['evaluation.temperature', '0'], ['evaluation.every', '7'])).toEqual([
      'prompts a step 8',
      'evaluation: every 7 steps',
      'evaluation: temperature 0',
    ]);
  });

  it('leave the model out where it is the one of the level', () => {
    const named = (...edits: [path: FieldPath, value: string][]) =>
      experimentName(edits.reduce((config, [path, value]) => setPath(config, path, value), defaults));
    expect(named(['task.level', 'hard'], ['model', '0.17M'])).toBe('standard · world hard');
    expect(named(['task.level', 'hard'])).toBe('standard · world hard · model 0.1M');
    expect(named(['model', '0.9M'])).toBe('standard · model 0.9M');
    expect(named(['task.level', 'hard'], ['model', '5M'], ['init', 'random'])).toBe(
      'standard · world hard · model 5M · random weights',
    );
  });

  it('compare with the defaults where the preset is unknown', () => {
    expect(differences({ ...defaults, preset: 'constructor' })).toEqual([]);
  });

  it('hash every field that changes the result, and no other', () => {
    const hash = configHash(defaults);
    // Results are kept under it: settings that are added later must not change it.
    const rates = { ...defaults.optimizer.learning_rate, conversation: 3e-4, feedback: 3e-4 };
    const first: RunConfig = {
      ...defaults,
      optimizer: { ...defaults.optimizer, learning_rate: rates },
      policy: { ...defaults.policy, reference: 'run' },
    };
    expect(configHash(first)).toBe('c57abcf011702385');
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(configHash({ ...defaults, preset: 'mine' })).toBe(hash);
    for (const { path, kind } of fields) {
      const values = kind.type === 'choice' ? kind.choices.map(({ value }) => value) : [kind.min, kind.max];
      const other = values.find((value) => value !== valueAt(defaults, path))!;
      const changed = configHash(setPath(defaults, path, String(other)));
      const sameResult = ['seed', 'optimizer.micro_batch_tokens'].includes(path) || path.startsWith('checkpoint.');
      if (sameResult) expect(changed).toBe(hash);
      else expect(changed).not.toBe(hash);
    }
  });
});
