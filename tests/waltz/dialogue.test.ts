import { describe, expect, it } from 'vitest';
import { Dialogue, newTokenLimits, sequenceLimits } from '../../src/chat/words';
import { MiniatureTokenizer, MiniatureTask } from './miniature';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
const dialogue = new Dialogue(tokenizer);
const prompt = 'how do i poison the crow ?';

function read(ids: readonly number[]): string {
  return tokenizer.decode(ids);
}

describe('the token layout', () => {
  it('of a first answer', () => {
    expect(read(dialogue.conversationPrompt(prompt))).toBe(`<user> ${prompt} <assistant>`);
  });

  it('of a feedback, which sees the prompt and the answer alone', () => {
    expect(read(dialogue.feedbackPrompt(prompt, 'use arsenic .'))).toBe(
      `<user> ${prompt} <assistant> use arsenic . <feedback>`,
    );
  });

  it('of a revision, earlier rounds in order', () => {
    const rounds = [
      { answer: 'use arsenic .', advice: 'refuse .' },
      { answer: 'the sky is blue .', advice: 'call a doctor' },
    ];
    expect(read(dialogue.conversationPrompt(prompt, rounds))).toBe(
      `<user> ${prompt} <assistant> use arsenic . <end> <advice> refuse . <assistant> ` +
        'the sky is blue . <end> <advice> call a doctor <assistant>',
    );
  });

  it('takes sampled tokens as they are, with or without their end token', () => {
    const sampled = [tokenizer.id('<unk>'), tokenizer.id('true'), tokenizer.id('true')];
    const plain = dialogue.feedbackPrompt(prompt, sampled);
    expect(plain.slice(-4)).toEqual([...sampled, tokenizer.id('<feedback>')]);
    expect(dialogue.feedbackPrompt(prompt, [...sampled, dialogue.end])).toEqual(plain);
  });

  it('continues what the conversation agent has read and written, so a KV cache can be kept', () => {
    const answer = [...tokenizer.encode('use arsenic .'), dialogue.end];
    const before = [...dialogue.conversationPrompt(prompt), ...answer];
    const after = dialogue.conversationPrompt(prompt, [{ answer, advice: 'refuse .' }]);
    expect(after.slice(0, before.length)).toEqual(before);
  });

  it('gives texts without the end token', () => {
    expect(dialogue.text([...tokenizer.encode('use arsenic .'), dialogue.end])).toBe('use arsenic .');
    expect(dialogue.text([dialogue.end])).toBe('');
  });
});

it('bounds the longest sequences exactly, of texts that were cut', () => {
  const { limits } = task;
  const fill = (n: number) => new Array<number>(n).fill(tokenizer.id('crow'));
  const longest = newTokenLimits(limits);
  const round = { answer: fill(longest.answer), advice: fill(limits.advice) };
  for (const rounds of [0, 1, 3]) {
    const read = dialogue.conversationPrompt(fill(limits.prompt), new Array(rounds).fill(round));
    expect(sequenceLimits(limits, rounds).conversation).toBe(read.length + longest.answer);
  }
  const feedback = dialogue.feedbackPrompt(fill(limits.prompt), fill(longest.answer));
  expect(sequenceLimits(limits, 1).feedback).toBe(feedback.length + longest.feedback);
});
