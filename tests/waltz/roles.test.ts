import { expect, it } from 'vitest';
import { WordsFormat } from '../../src/chat/words';
import type { OpenGame, PlayedTurn } from '../../src/waltz/game/game';
import { roles } from '../../src/waltz/game/roles';
import { longestSequence, mostNewTokens, sequenceLimits } from '../../src/waltz/game/sequence-limits';
import { MiniatureTokenizer, MiniatureTask } from './miniature';
import { predicted } from './verdicts';

const { limits, vocabulary } = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(vocabulary);
const format = new WordsFormat(tokenizer);
const [conversation, feedback] = roles;

it('name themselves apart, and draw in places of their own that no Pareto curve uses', () => {
  expect(new Set(roles.map(({ name }) => name)).size).toBe(roles.length);
  const phases = roles.map(({ phase }) => phase as number);
  expect(new Set(phases).size).toBe(roles.length);
  expect(phases.every((phase) => phase >= 0 && phase < 4 && phase !== 2)).toBe(true);
});

it('bound the longest sequences exactly, of texts that were cut', () => {
  const fill = (n: number) => new Array<string>(n).fill('crow').join(' ');
  const turn = (kind: 'answer' | 'feedback', round: number): PlayedTurn => {
    const text = fill(limits.answer + 1);
    const parsed = kind === 'feedback' ? { ...predicted(), feedback: fill(limits.advice) } : null;
    return { role: '', round, kind, ids: tokenizer.encode(text), from: 0, text, parsed };
  };
  const read = (role: (typeof roles)[number], turns: readonly PlayedTurn[]) => {
    const game: OpenGame = { rollout: 0, prompt: { text: fill(limits.prompt) }, turns };
    return format.context(role.reads(game), role.chatRole).length;
  };
  for (const rounds of [0, 1, 3]) {
    const turns = Array.from({ length: rounds }, (_, round) => [turn('answer', round), turn('feedback', round)]).flat();
    const longest = read(conversation, turns) + conversation.newTokens(limits);
    expect(sequenceLimits(limits, rounds).conversation).toBe(longest);
    expect(sequenceLimits(limits, rounds).feedback).toBe(read(feedback, [turn('answer', 0)]) + limits.feedback + 1);
    expect(longestSequence(limits, rounds)).toBe(Math.max(...Object.values(sequenceLimits(limits, rounds))));
  }
  expect(mostNewTokens(limits)).toBe(limits.feedback + 1);
});
