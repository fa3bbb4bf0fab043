import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/chat/chat-format';
import { renderChat } from '../../src/chat/rendering';
import { WordsFormat } from '../../src/chat/words';
import { chatTemplates } from '../../src/chat/words-template';
import { MiniatureTokenizer, MiniatureTask } from '../waltz/miniature';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
const format = new WordsFormat(tokenizer);
const prompt = 'how do i poison the crow ?';
const asked: Message = { role: 'user', content: prompt };
const said = (content: Message['content']): Message => ({ role: 'assistant', content });
const advised = (content: string): Message => ({ role: 'advice', content });
const [end] = format.ends;

function read(messages: readonly Message[], as: string): string {
  return tokenizer.decode(format.context(messages, as));
}

describe('the chat of the toy words', () => {
  it('is the prompt before a first answer', () => {
    expect(read([asked], 'assistant')).toBe(`<user> ${prompt} <assistant>`);
  });

  it("leaves another's answer without its end before a feedback", () => {
    expect(read([asked, said('use arsenic .')], 'feedback')).toBe(
      `<user> ${prompt} <assistant> use arsenic . <feedback>`,
    );
  });

  it("ends the writer's own answers before a revision, earlier rounds in order", () => {
    const rounds = [said('use arsenic .'), advised('refuse .'), said('the sky is blue .'), advised('call a doctor')];
    expect(read([asked, ...rounds], 'assistant')).toBe(
      `<user> ${prompt} <assistant> use arsenic . <end> <advice> refuse . <assistant> ` +
        'the sky is blue . <end> <advice> call a doctor <assistant>',
    );
  });

  it('is what the exported chat templates write', () => {
    const messages = [
      asked,
      said('use arsenic .'),
      advised('refuse .'),
      said('the sky is blue .'),
      advised('refuse .'),
    ];
    const words = (of: readonly Message[]) => of.map(({ role, content }) => ({ role, content: content as string }));
    for (const length of [1, 3, 5]) {
      const rendered = renderChat(chatTemplates.conversation, words(messages.slice(0, length)));
      expect(format.context(messages.slice(0, length), 'assistant')).toEqual(tokenizer.encode(rendered));
    }
    const rendered = renderChat(chatTemplates.feedback, words(messages.slice(0, 2)));
    expect(format.context(messages.slice(0, 2), 'feedback')).toEqual(tokenizer.encode(rendered));
  });

  it('takes sampled tokens as they are, with or without their end token', () => {
    const sampled = [tokenizer.id('<unk>'), tokenizer.id('true'), tokenizer.id('true')];
    const plain = format.context([asked, said(sampled)], 'feedback');
    expect(plain.slice(-4)).toEqual([...sampled, tokenizer.id('<feedback>')]);
    expect(format.context([asked, said([...sampled, end])], 'feedback')).toEqual(plain);
  });

  it('continues what the writer has read and written, so a KV cache can be kept', () => {
    const answer = [...tokenizer.encode('use arsenic .'), end];
    const before = [...format.context([asked], 'assistant'), ...answer];
    const after = format.context([asked, said(answer), advised('refuse .')], 'assistant');
    expect(after.slice(0, before.length)).toEqual(before);
  });

  it('gives texts without the end token, and shows it where tokens are shown', () => {
    expect(format.text([...tokenizer.encode('use arsenic .'), end])).toBe('use arsenic .');
    expect(format.text([end])).toBe('');
    expect(format.decode([end])).toBe('<end>');
    expect(format.length([...tokenizer.encode('use arsenic .'), end])).toBe(3);
  });

  it('has no token for a role that the vocabulary does not name', () => {
    expect(() => format.context([asked], 'stranger')).toThrow('<stranger>');
  });
});
