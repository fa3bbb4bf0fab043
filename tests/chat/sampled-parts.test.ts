import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/chat/chat-format';
import { sampledParts } from '../../src/chat/sampled-parts';
import { TemplateFormat } from '../../src/chat/template';
import { storiesFolder } from '../oracle/stories';

const asked: Message = { role: 'user', content: 'Who was Lily?' };
const advised: Message = { role: 'advice', content: 'Say more.' };
const answered = (content: Message['content']): Message[] => [asked, { role: 'assistant', content }, advised];

describe.skipIf(!existsSync(storiesFolder))(
  'what was sampled, in the chat of a model whose tokenizer puts a space before a text',
  () => {
    const format = (filter = '') => {
      const json = (name: string) => JSON.parse(readFileSync(storiesFolder + name, 'utf8')) as Record<string, unknown>;
      return new TemplateFormat({
        name: 'stories',
        config: { vocab_size: json('config.json').vocab_size as number },
        tokenizer: json('tokenizer.json'),
        tokenizerConfig: json('tokenizer_config.json'),
        chatTemplate: `{% for m in messages %}{{ m.role }}: {{ m.content${filter} }}. {% endfor %}assistant:`,
        endTokens: [2],
      });
    };
    /** A text letter by letter, as no tokenizer encodes it. */
    const spelled = (chat: TemplateFormat, text: string) => Array.from(text, (letter) => chat.encode(letter).at(-1)!);

    it('stays as it was drawn, behind what was read before it', () => {
      const chat = format();
      const before = chat.context([asked], 'assistant');
      const sampled = [...spelled(chat, 'girl'), 2];
      const ids = chat.context(answered(sampled), 'assistant');
      expect(ids.slice(0, before.length)).toEqual(before);
      expect(ids.slice(before.length + 1, before.length + 5)).toEqual(sampled.slice(0, 4));
      const encoded = chat.context(answered('girl'), 'assistant');
      expect(encoded.length).toBeLessThan(ids.length);
      const behind = ids.slice(before.length + 5);
      expect(behind).toEqual(encoded.slice(-behind.length));
    });

    it('is encoded again where the template trims it', () => {
      const chat = format(' | trim');
      const sampled = chat.encode('girl\n');
      expect(chat.context(answered(sampled), 'assistant')).toEqual(
        chat.context(answered(chat.text(sampled)), 'assistant'),
      );
    });
  },
);

describe('the parts of a chat', () => {
  const said = (content: string, ids: number[] | null) => ({ role: 'assistant', content, ids });
  const together = (messages: { content: string }[]) => messages.map(({ content }) => `<${content}>`).join('');

  it('are texts and the tokens between them', () => {
    expect(sampledParts([said('a', null), said('b', [7]), said('c', [8, 9])], together)).toEqual([
      ...['<a><', [7], '><', [8, 9], '>'],
    ]);
  });

  it('are one text where the template does more than put a message in', () => {
    const thoughtless = (messages: { content: string }[]) => together(messages).replace(/think.*done/, '');
    expect(sampledParts([said('think a done b', [1, 2])], thoughtless)).toEqual(['< b>']);
    const twice = (messages: { content: string }[]) => together([...messages, ...messages]);
    expect(sampledParts([said('a', [1])], twice)).toEqual(['<', [1], '><', [1], '>']);
  });

  it('are told apart from a message that looks like a place', () => {
    const sly = '\u{E000}1\u{E000}';
    expect(sampledParts([said(sly, null), said('b', [7])], together)).toEqual([`<${sly}><`, [7], '>']);
  });
});
