import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  presetNames,
  ConfigError,
  configVersion,
  fields,
  parseConfig,
  presets,
  setPath,
  type RunConfig,
} from '../../src/lab/config';
import { fromHash, linkVersion, toHash } from '../../src/ui/state/address';
import { Experiment } from '../../src/ui/state/experiment.svelte';

/** Any preset with any of its fields changed, as far as it can run. */
const anyConfig = fc
  .tuple(
    fc.constantFrom(...presetNames),
    fc.array(
      fc.constantFrom(...fields).chain(({ path, kind }) => {
        const value =
          kind.type === 'choice'
            ? fc.constantFrom(...kind.choices.map((choice) => choice.value))
            : kind.type === 'integer'
              ? fc.integer({ min: kind.min, max: kind.max }).map(String)
              : fc.double({ min: kind.min, max: kind.max, noNaN: true }).map(String);
        return fc.tuple(fc.constant(path), value);
      }),
    ),
  )
  .map(([preset, edits]) =>
    edits.reduce<RunConfig>((config, [path, text]) => setPath(config, path, text), presets[preset]),
  )
  .filter((config) => {
    try {
      return parseConfig(config) !== null;
    } catch {
      return false;
    }
  });

/** What an experiment makes of an address: nothing changes where it is refused. */
function read(hash: string): { experiment: Experiment; refused: boolean } {
  const experiment = new Experiment();
  experiment.set('reward.alpha', '0.3');
  const { draft } = experiment;
  experiment.readAddress(hash, false);
  const refused = experiment.addressProblem !== '';
  if (refused) {
    expect(experiment.draft).toBe(draft);
    expect(experiment.brought).toBeNull();
    expect(experiment.addressProblem).toMatch(/^The settings in the address were left aside\. /);
  }
  return { experiment, refused };
}

/** Names that a link may not know, next to all that it does. */
const anyName = fc.oneof(
  fc.constantFrom(...fields.map(({ path }) => path as string), 'v', 'preset'),
  fc.constantFrom('__proto__', 'constructor', 'reward.__proto__', '__proto__.polluted', 'reward', 'toString', ''),
  fc.string(),
);
const anyValue = fc.oneof(
  fc.constantFrom(...presetNames, '1', '2', '-1', '0.5', '1e999', 'NaN', '', '__proto__', 'constructor'),
  fc.string({ unit: 'binary' }),
);
const anyPairs = fc.array(fc.tuple(anyName, anyValue), { minLength: 1, maxLength: 8 });
/** Nothing but nonsense, or a good link with some of it. */
const anyLink = fc.oneof(
  fc.string({ unit: 'binary' }),
  anyPairs.map((pairs) => new URLSearchParams(pairs).toString()),
  fc
    .tuple(anyConfig, fc.constantFrom('append' as const, 'set' as const, 'delete' as const), anyName, anyValue)
    .map(([config, change, name, value]) => {
      const query = new URLSearchParams(toHash(config));
      query[change](name, value);
      return query.toString();
    }),
);

describe('the address', () => {
  it('holds any config that can run, and gives it back', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        expect(fromHash(`#${toHash(config)}`)).toEqual(config);
      }),
    );
  });

  it('holds every setting at its longest', () => {
    const longest = fields.reduce<RunConfig>((config, { path, kind }) => {
      if (kind.type === 'choice') {
        const [last] = kind.choices.map(({ value }) => value).toSorted((a, b) => b.length - a.length);
        return setPath(config, path, last);
      }
      return setPath(config, path, String(kind.type === 'integer' ? kind.max : kind.max / 3));
    }, presets.standard);
    const config = parseConfig({ ...longest, freeze: 'none' });
    expect(fromHash(toHash(config))).toEqual(config);
  });

  it('says its version, and names only what differs from the preset', () => {
    expect(toHash(presets.quick)).toBe('v=2&preset=quick');
    expect(toHash(setPath(presets.quick, 'reward.alpha', '0.5'))).toBe('v=2&preset=quick&reward.alpha=0.5');
  });

  it('is of the first version where it says none', () => {
    expect(fromHash('#preset=quick&seed=3&reward.alpha=0.5')).toEqual(
      fromHash('#v=1&preset=quick&seed=3&reward.alpha=0.5'),
    );
  });

  it('means by each version the settings and presets that it meant when it was written', () => {
    // Where a value changed, links that people have bring another config: raise `linkVersion`, and go on reading those. A setting that
    // is new and is what it was before changes nothing but these digests.
    const digest = (preset: unknown) => createHash('sha256').update(JSON.stringify(preset)).digest('hex').slice(0, 8);
    const digests = Object.fromEntries(Object.entries(presets).map(([name, preset]) => [name, digest(preset)]));
    expect({ linkVersion, configVersion, ...digests }).toEqual({
      ...{ linkVersion: 2, configVersion: 2 },
      ...{ quick: 'a8f48f00', standard: 'daddc6a4', hard: '034ca199', tiny: '35249f41' },
    });
  });

  it('brings the same experiment where a run has a preset that this page does not', () => {
    const config = { ...setPath(presets.standard, 'seed', '4'), preset: 'of somebody' };
    expect(fromHash(toHash(config))).toEqual({ ...config, preset: 'standard' });
  });

  it.each(['', '#', '#top', '#/runs'])('holds nothing when it is "%s"', (hash) => {
    expect(fromHash(hash)).toBeNull();
  });

  it.each([
    ['#preset=quick&reward.alpha=9', /reward\.alpha must be a number from 0 to 2/],
    ['#preset=none', /no preset “none”/],
    ['#preset=quick&__proto__=1', /“__proto__” is not a setting/],
    ['#preset=toString', /no preset “toString”/],
    ['#preset=quick&freeze=feedback', /stages\.one must be 0/],
    ['#reward.alpha=0.5', /names no preset/],
    ['#preset=quick&seed=1&seed=2', /says seed twice/],
    ['#preset=quick&preset=quick', /says preset twice/],
    ['#v=1&v=1&preset=quick', /says v twice/],
    ['#v=3&preset=quick&reward.delta=1', /version 3 .* reload the page/],
    ['#v=99999999999999999999&preset=quick', /reload the page/],
    ['#v=2&preset=quick&level=hard', /“level” is not a setting/],
    ['#v=1&preset=quick&level=huge', /task\.level must be one of tiny, standard, hard/],
    ['#v=0&preset=quick', /whole number from 1/],
    ['#v=1.5&preset=quick', /whole number from 1/],
    ['#v=&preset=quick', /whole number from 1/],
  ])('is refused when it is %s, and changes nothing', (hash, reason) => {
    expect(() => fromHash(hash)).toThrow(ConfigError);
    expect(read(hash).experiment.addressProblem).toMatch(reason);
  });

  it('is refused when it is too long, in a few words', () => {
    expect(read(`#preset=quick&seed=${'1'.repeat(3000)}`).experiment.addressProblem).toMatch(/3018 characters/);
    expect(read(`#preset=${'x'.repeat(1000)}`).experiment.addressProblem).toMatch(/no preset “x{60}…”/);
  });

  it('brings a config that can run or is refused, whatever is in it', () => {
    const found = { brought: 0, refused: 0 };
    fc.assert(
      fc.property(anyLink, (hash) => {
        const { experiment, refused } = read(hash);
        expect(parseConfig(experiment.draft)).toEqual(experiment.draft);
        found.refused += Number(refused);
        found.brought += Number(experiment.brought !== null);
      }),
      { numRuns: 1000 },
    );
    expect(found.brought).toBeGreaterThan(50);
    expect(found.refused).toBeGreaterThan(200);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is refused where one setting is said twice, whichever', () => {
    fc.assert(
      fc.property(anyConfig, fc.nat(), (config, at) => {
        const pairs = toHash(config).split('&');
        expect(() => fromHash([...pairs, pairs[at % pairs.length]].join('&'))).toThrow(/twice/);
      }),
    );
  });
});

describe('an experiment that a link brought', () => {
  const link = '#v=1&preset=standard&seed=3';

  it('is told of, unless the visitor chose it or the page opens with it', () => {
    const told = (hash: string, own: boolean) => {
      const experiment = new Experiment();
      experiment.readAddress(hash, own);
      return experiment.brought;
    };
    expect(told(link, false)).toMatchObject({ preset: 'standard', seed: 3 });
    expect(told(link, true)).toBeNull();
    expect(told('#preset=quick', false)).toBeNull();
    expect(told('', false)).toBeNull();
  });

  it('can be changed, had back, left for the defaults, or kept without a word', () => {
    const experiment = new Experiment();
    experiment.readAddress(link, false);
    expect(experiment.own).toBe(false);
    experiment.set('seed', '4');
    expect(experiment.own).toBe(true);
    experiment.backToLink();
    expect(experiment.draft.seed).toBe(3);
    expect(experiment.own).toBe(false);
    experiment.dismissLink();
    expect(experiment.draft.seed).toBe(3);
    expect(experiment.own).toBe(true);
    experiment.readAddress(link, false);
    experiment.backToDefaults();
    expect(experiment.brought).toBeNull();
    expect(experiment.draft).toBe(presets.quick);
  });

  it('gives way to the settings of a run that is opened', () => {
    const experiment = new Experiment();
    experiment.readAddress(link, false);
    experiment.adopt(presets.tiny);
    expect(experiment.brought).toBeNull();
  });

  it('stays as it is where a broken link follows', () => {
    const experiment = new Experiment();
    experiment.readAddress(link, false);
    const { draft, brought } = experiment;
    experiment.readAddress('#preset=none', false);
    expect(experiment.draft).toBe(draft);
    expect(experiment.brought).toBe(brought);
  });
});
