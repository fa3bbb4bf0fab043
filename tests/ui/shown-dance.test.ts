import { expect, it } from 'vitest';
import type { SpokenToken } from '../../src/lab/floor/voice';
import { afterEvent, beginning, type ShownDance } from '../../src/ui/floor/shown-dance';
import type { CoupleChoice } from '../../workers/protocol/floor';

const couple: CoupleChoice = {
  conversation: { model: { kind: 'base', archive: 'tiny' }, runtime: 'engine' },
  feedback: null,
};
const token = (text: string): SpokenToken => ({ id: 1, text, logprob: -0.1, alternatives: [] });
const told = { verdict: null, parsed: null } as const;
const spoken = (): ShownDance => {
  const words = ['sorry', ' i can', ' not'].map(token);
  const said = words.reduce(
    (dance, each) => afterEvent(dance, { kind: 'token', at: 0, token: each }),
    beginning(couple),
  );
  return afterEvent(said, { kind: 'beat', beat: { at: 0, text: 'sorry i can not', tokens: words, ...told } });
};

it('grows a beat token by token, then has it done', () => {
  const first = afterEvent(beginning(couple), { kind: 'token', at: 0, token: token('sorry') });
  expect(first.beats).toMatchObject([{ at: 0, text: 'sorry', done: false, given: false }]);
  expect(spoken().beats).toMatchObject([{ text: 'sorry i can not', done: true, given: false }]);
  expect(afterEvent(spoken(), { kind: 'ended', outcome: 'untouched' })).toMatchObject({
    outcome: 'untouched',
    ended: true,
  });
});

it('keeps the tokens of a beat that is given back as it was, and knows the visitor’s own words', () => {
  const again = beginning(couple, spoken().beats);
  const beat = (text: string) => ({ kind: 'beat', beat: { at: 0, text, tokens: null, ...told } }) as const;
  expect(afterEvent(again, beat('sorry i can not')).beats).toEqual(spoken().beats);
  expect(afterEvent(beginning(couple), beat('use trap')).beats).toMatchObject([
    { given: true, done: true, tokens: [] },
  ]);
  // Given once, given still where only what comes after it changes.
  const own = afterEvent(beginning(couple), beat('use trap'));
  expect(afterEvent(beginning(couple, own.beats), beat('use trap')).beats).toMatchObject([{ given: true }]);
});
