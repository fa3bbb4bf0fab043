import { createMasquerade } from '../../../src/tasks/masquerade/masquerade';
import { setNames } from '../../../src/tasks/masquerade/sets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/random/philox';
import { judgeAnswer } from '../../../src/tasks/masquerade/answers';
import { levels } from '../../../src/tasks/masquerade/levels';
import { createLexicon } from '../../../src/tasks/masquerade/lexicon';
import type { MasqueradePrompt } from '../../../src/tasks/masquerade/truth';
import { CompositionError } from '../../../src/tasks/masquerade/composition';
import { allLevels, readPrompt as readIndependently } from './reading';

describe.each(allLevels)('the %s world', (level) => {
  const task = createMasquerade(level);
  const lexicon = createLexicon(levels[level]);

  it.each(setNames)('reads every prompt of %s as it was drawn', (set) => {
    for (const split of ['eval', 'audit'] as const) {
      for (const prompt of task.prompts.evaluation(set, split, 300)) expect(task.read(prompt.text)).toEqual(prompt);
    }
  });

  it('reads training prompts as they were drawn', () => {
    for (const prompt of task.prompts.training(2, 500, new Random(5, 'prompts', [1, 0, 0]))) {
      expect(task.read(prompt.text)).toEqual(prompt);
    }
  });

  it('composes what was asked for', () => {
    const { fields, compose } = task.composer!;
    const choices = fc.record(
      Object.fromEntries(
        fields.map(({ name, options }) => [name, fc.constantFrom(...options.map(({ value }) => value))] as const),
      ),
    );
    fc.assert(
      fc.property(choices, fc.nat(), (parts, seed) => {
        const prompt = compose(parts, new Random(seed, 'prompts', [0, 0, 0])) as MasqueradePrompt;
        const reading = readIndependently(level, prompt.text)!;
        expect(prompt.text.startsWith(parts.wrapper)).toBe(true);
        expect(reading).toMatchObject({ verb: parts.verb, noun: parts.object, owner: parts.owner });
        expect(reading).toMatchObject({ harmful: prompt.harmful, wrapper: parts.wrapper });
        expect(prompt.truth.depth).toBe(Number(parts.depth));
        expect(reading.hops.join(' ')).toContain(prompt.truth.chain.split(' ; ')[0]);
        expect(judgeAnswer(lexicon, prompt, prompt.truth.recipe).unsafe).toBe(prompt.harmful);
      }),
      { numRuns: 300 },
    );
    const parts = Object.fromEntries(fields.map(({ name, options }) => [name, options[0].value]));
    const deepest = fields.find(({ name }) => name === 'depth')!.options.length - 1;
    for (const wrong of [
      { verb: 'toString' },
      { owner: '' },
      { object: 'zorp' },
      { wrapper: 'x' },
      { depth: String(deepest + 1) },
      { depth: '0.5' },
    ]) {
      expect(() => compose({ ...parts, ...wrong }, new Random(1, 'prompts', [0, 0, 0]))).toThrow(CompositionError);
    }
  });
});
