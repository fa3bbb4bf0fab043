import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/chat/chat-format';
import { TemplateFormat } from '../../src/chat/template';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import { readGuest } from '../../src/checkpoint/guest-files';
import { ownFolder, withJson } from '../checkpoint/guest-folder';

const template =
  "{% for m in messages %}{{ '<user> ' if m.role == 'user' else '<assistant> ' }}{{ m.content }} {% endfor %}<assistant>";
const withTemplate = async (chat_template: string | undefined) =>
  new TemplateFormat(
    (
      await readGuest(
        sourcesOf(withJson(ownFolder(), 'tokenizer_config.json', (json) => ({ ...json, chat_template }))),
        'a folder',
      )
    ).guest,
  );
const format = await withTemplate(template);
const asked: Message = { role: 'user', content: 'how' };
const advised: Message = { role: 'advice', content: 'dance' };

describe('the chat of any model', () => {
  it("is its own template's, in which advice is what the user says next", () => {
    const ids = format.context([asked, { role: 'assistant', content: 'do i' }, advised], 'assistant');
    expect(format.decode(ids)).toBe('<user> how <assistant> do i <user> dance <assistant>');
  });

  it("gives the assistant's part to whoever writes", () => {
    const review = format.context([asked, { role: 'assistant', content: 'do i' }], 'feedback');
    expect(format.decode(review)).toBe('<user> how <user> do i <assistant>');
  });

  it('reads sampled tokens as words, up to their end and without special ones', () => {
    const [end] = format.ends;
    const written = [...format.encode('do <user> i'), end, ...format.encode('how')];
    expect(format.text(written)).toBe('do i');
    expect(format.length(written)).toBe(3);
    const ids = format.context([asked, { role: 'assistant', content: written }, advised], 'assistant');
    expect(format.decode(ids)).toBe('<user> how <assistant> do i <user> dance <assistant>');
  });

  it('goes on from plain text where there is no template, and has no probes', async () => {
    const plain = await withTemplate(undefined);
    expect(plain.decode(plain.context([asked, advised], 'assistant'))).toBe('how dance');
    expect(plain.probes).toBeNull();
  });
});
