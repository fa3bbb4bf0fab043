import { describe, expect, it } from 'vitest';
import { Arguments, UsageError, usage } from '../../cli/arguments';
import { evaluateCommand } from '../../cli/evaluate';
import { computeChoice } from '../../cli/compute-options';
import { trainCommand } from '../../cli/train';

const train = (...argv: string[]) => new Arguments(trainCommand, argv);

describe('Arguments', () => {
  it('reads options, repeated ones in order', () => {
    const args = train('--seed', '7', '--set', 'reward.alpha=1', '--set=reward.gamma=0');
    expect(args.count('seed')).toBe(7);
    expect(args.texts('set')).toEqual(['reward.alpha=1', 'reward.gamma=0']);
    expect(args.text('out')).toBeUndefined();
    expect(args.text('adapter')).toBeUndefined();
  });

  it.each([
    [['--sed', '7'], '--sed'],
    [['--seed'], '--seed'],
    [['stray'], 'takes no words'],
  ])('refuses %j', (argv, part) => {
    expect(() => train(...argv)).toThrow(UsageError);
    expect(() => train(...argv)).toThrow(part);
  });

  it.each(['-1', '1.5', '1e3', '', 'x', '4294967296'])('refuses %j as a count', (text) => {
    expect(() => train(`--seed=${text}`).count('seed')).toThrow(UsageError);
  });

  it('names the choices of an option', () => {
    expect(() => computeChoice(train('--adapter', 'voodoo'))).toThrow('auto, gpu, lavapipe, swiftshader');
  });

  it('wants the words of a command', () => {
    expect(() => new Arguments(evaluateCommand, [])).toThrow('DIR|base');
    expect(new Arguments(evaluateCommand, ['base', '--sets', 'audit']).operands).toEqual(['base']);
  });

  it('takes temperatures from 0 and nothing that is no number', () => {
    const at = (text: string) =>
      new Arguments(evaluateCommand, ['base', `--temperature=${text}`]).temperature('temperature');
    expect(at('0')).toBe(0);
    expect(at('0.7')).toBe(0.7);
    for (const text of ['', ' ', 'warm', '-1', 'NaN', 'Infinity']) expect(() => at(text)).toThrow(UsageError);
  });
});

describe('usage', () => {
  it('lists every option', () => {
    const text = usage(trainCommand);
    for (const option of Object.keys(trainCommand.options)) expect(text).toContain(`--${option}`);
  });
});
