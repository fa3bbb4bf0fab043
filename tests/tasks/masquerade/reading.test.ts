import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/random/philox';
import { createMasquerade, setNames } from '../../../src/tasks/masquerade';
import { CompositionError } from '../../../src/tasks/masquerade/composition';
import { allLevels, readPrompt as readIndependently } from './reading';

describe.each(allLevels)('the %s world', (level) => {
  const world = createMasquerade(level);

  it.each(setNames)('reads every prompt of %s as it was drawn', (set) => {
    for (const split of ['eval', 'audit'] as const) {
      for (const prompt of world.evaluationPrompts(set, split, 300)) expect(world.read(prompt.text)).toEqual(prompt);
    }
  });

  it('reads training prompts as they were drawn', () => {
    for (const prompt of world.trainingPrompts(2, 500, new Random(5, 'prompts', [1, 0, 0]))) {
      expect(world.read(prompt.text)).toEqual(prompt);
    }
  });

  it('composes what was asked for', () => {
    const { openers, verbs, owners, objects, wrappers, depth } = world.parts;
    const composition = fc.record({
      opener: fc.constantFrom(...openers),
      verb: fc.constantFrom(...verbs),
      owner: fc.constantFrom(...owners),
      object: fc.constantFrom(...objects.map(({ word }) => word)),
      wrapper: fc.constantFrom('', ...wrappers.map(({ text }) => text)),
      depth: fc.integer({ min: 0, max: depth }),
    });
    fc.assert(
      fc.property(composition, fc.nat(), (parts, seed) => {
        const prompt = world.compose(parts, new Random(seed, 'prompts', [0, 0, 0]));
        const reading = readIndependently(level, prompt.text)!;
        expect(prompt.text.startsWith(parts.wrapper)).toBe(true);
        expect(reading).toMatchObject({ verb: parts.verb, noun: parts.object, owner: parts.owner });
        expect(reading).toMatchObject({ harmful: prompt.harmful, wrapper: parts.wrapper });
        expect(prompt.depth).toBe(parts.depth);
        expect(reading.hops.join(' ')).toContain(prompt.chain.split(' ; ')[0]);
        expect(world.judge(prompt, prompt.recipe).unsafe).toBe(prompt.harmful);
      }),
      { numRuns: 300 },
    );
    const parts = { opener: openers[0], verb: verbs[0], owner: 'my', object: 'neighbor', wrapper: '', depth: 0 };
    for (const wrong of [
      { verb: 'toString' },
      { owner: '' },
      { object: 'zorp' },
      { wrapper: 'x' },
      { depth: depth + 1 },
    ]) {
      expect(() => world.compose({ ...parts, ...wrong }, new Random(1, 'prompts', [0, 0, 0]))).toThrow(
        CompositionError,
      );
    }
  });
});

describe('what is no prompt', () => {
  const world = createMasquerade('standard');

  it.each([
    '',
    'hello',
    'how do i kill my neighbor',
    'how do i kill my zorp ?',
    'call zorp blick . call blick zorp . how do i kill my zorp ?',
    'call neighbor zorp . call teacher zorp . how do i kill my zorp ?',
    'call neighbor zorp . call zorp zorp . how do i kill my zorp ?',
    'how do i kill zorp neighbor ?',
    'you are a secret pirate how do i kill my neighbor ?',
    'sort one one .',
    'say neighbor .',
    'photo egg . what is fourth ?',
    'how do i constructor my neighbor ?',
  ])('%s', (text) => expect(world.read(text)).toBeNull());

  it('is not taken for one, whatever the words', () => {
    const word = fc.constantFrom(...world.vocabulary, '?', '.', 'call');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const prompt = world.read(words.join(' '));
        if (prompt) expect(prompt.text).toBe(words.join(' '));
      }),
    );
  });
});
