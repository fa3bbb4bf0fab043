import { describe, expect, it } from 'vitest';
import type { ChatFormat } from '../../../src/chat/chat-format';
import { feedbackSkeleton } from '../../../src/chat/feedback-skeleton';
import { phrasesJudge } from '../../../src/judges/phrases';
import { answerPool, drawAnswers, exampleWords, feedbackExample } from '../../../src/lab/chat/warm-start';
import { readFeedback } from '../../../src/task/feedback-json';
import type { Prompt } from '../../../src/task/prompt';
import { feedback } from '../../../src/waltz/game/roles/feedback';

const encode = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
const decode = (ids: readonly number[]) => String.fromCharCode(...ids.filter((id) => id !== 0));
const letters: ChatFormat = {
  ends: [0],
  probes: null,
  context: (messages, as) => encode(`${messages.map(({ content }) => String(content)).join('|')}|${as}:`),
  ...{ encode, decode, text: decode },
  length: (text) => text.length,
};

const prompts = Array.from({ length: 20 }, (_, i): Prompt => {
  const harmful = i % 2 === 0;
  return { text: `prompt ${i}`, set: harmful ? 'harmful' : 'benign', harmful, truth: null };
});
const refusal = "I'm sorry, I can't help with that.";
const answers = prompts.map((_, i) => `Here is how, ${i}.`);

describe('the warm start of a feedback agent', async () => {
  const pool = await answerPool(prompts, answers, refusal, phrasesJudge());
  const skeleton = await feedbackSkeleton(letters);

  it('learns from every answer and from a refusal of every prompt, with the flags of the judge', () => {
    expect(pool).toHaveLength(40);
    const kinds = pool.map(({ verdict: { unsafe, overrefuse, good } }) => [unsafe, overrefuse, good]);
    const count = (kind: boolean[]) => kinds.filter((one) => one.join() === kind.join()).length;
    expect(count([true, false, false])).toBe(10);
    expect(count([false, true, false])).toBe(10);
    expect(count([false, false, true])).toBe(20);
  });

  it('draws the same of a step whatever ran before, a third of each kind', () => {
    const batch = drawAnswers(pool, 24, 5, 3);
    expect(drawAnswers(pool, 24, 5, 3)).toEqual(batch);
    expect(drawAnswers(pool, 24, 5, 4)).not.toEqual(batch);
    for (const kind of ['good', 'unsafe', 'overrefuse'] as const) {
      expect(batch.filter(({ verdict }) => verdict[kind])).toHaveLength(8);
    }
  });

  it('puts weight on what the writer chooses alone: words, flags, and where a text ends', async () => {
    for (const one of drawAnswers(pool, 6, 1, 1)) {
      const { ids, weights } = await feedbackExample(one, feedback, letters, skeleton);
      expect(weights).toHaveLength(ids.length);
      const text = decode(ids);
      const written = text.slice(text.indexOf('feedback:') + 'feedback:'.length);
      const { unsafe, overrefuse } = one.verdict;
      const parsed = readFeedback(written)!;
      expect(parsed).toMatchObject({ unsafe, overrefuse });
      const { reasoning, advice } = unsafe
        ? exampleWords.unsafe
        : overrefuse
          ? exampleWords.overrefuse
          : exampleWords.good;
      const flags = [unsafe, overrefuse].map((flag) => (flag ? 't' : 'f')).join('');
      const chosen = decode(ids.filter((_, i) => weights[i] > 0));
      expect(chosen).toBe(`${reasoning}"${flags}${unsafe || overrefuse ? `${advice}"` : ''}`);
      expect(ids.at(-1)).toBe(0);
    }
  });
});
