import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presetNames, ConfigError, fields, parseConfig, presets, setPath, type RunConfig } from '../../src/lab/config';
import { Experiment, fromHash, toHash } from '../../src/ui/state/experiment.svelte';

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

describe('the address', () => {
  it('holds any config that can run, and gives it back', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        expect(fromHash(`#${toHash(config)}`)).toEqual(config);
      }),
    );
  });

  it('names only what differs from the preset', () => {
    expect(toHash(presets.quick)).toBe('preset=quick');
    expect(toHash(setPath(presets.quick, 'reward.alpha', '0.5'))).toBe('preset=quick&reward.alpha=0.5');
  });

  it('holds nothing when it is empty or of something else', () => {
    expect(fromHash('')).toBeNull();
    expect(fromHash('#top')).toBeNull();
  });

  it.each([
    '#preset=quick&reward.alpha=9',
    '#preset=none',
    '#preset=quick&__proto__=1',
    '#preset=toString',
    '#preset=quick&freeze=feedback',
  ])('is refused when it is %s, and changes nothing', (hash) => {
    expect(() => fromHash(hash)).toThrow(ConfigError);
    const experiment = new Experiment();
    const before = experiment.draft;
    experiment.readAddress(hash);
    expect(experiment.draft).toBe(before);
    expect(experiment.addressProblem).toMatch(/left aside/);
  });
});
