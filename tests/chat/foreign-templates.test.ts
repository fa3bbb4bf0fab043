import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prefixNote } from '../../src/chat/prefix-note';
import { TemplateFormat } from '../../src/chat/template';
import { caseText, casesAreHere } from '../reference/shared';

const { template: withBos } = JSON.parse(
  readFileSync(new URL('../reference/tokenizers.json', import.meta.url), 'utf8'),
) as Record<string, { tokenizer: Record<string, unknown> }>;

it.skipIf(!casesAreHere)('begins once where the template and the tokenizer both write what a text begins with', () => {
  const format = new TemplateFormat({
    name: 'somebody',
    config: { vocab_size: 1000 },
    tokenizer: withBos.tokenizer,
    tokenizerConfig: { bos_token: '<s>' },
    chatTemplate: caseText('template/begins-twice.jinja'),
    endTokens: [2],
  });
  const ids = format.context([{ role: 'user', content: 'the' }], 'assistant');
  expect(ids.filter((id) => id === 1)).toHaveLength(1);
  expect(format.tokens('the')).toEqual(ids);
});

describe('a template that rewrites earlier turns', () => {
  const chatml =
    '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}';

  it('is told from one that only goes on', () => {
    expect(prefixNote(chatml, {})).toBeNull();
    const lastOnly =
      '{% for m in messages %}{% if loop.last %}Now: {% endif %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:';
    expect(prefixNote(lastOnly, {})).toMatch(/changes earlier turns.*tokens that were sampled/);
    expect(prefixNote('{{ messages | length }} messages\n{{ messages[-1].content }}', {})).toMatch(
      /changes earlier turns/,
    );
  });

  it('is not one that refuses a dialogue', () => {
    expect(prefixNote("{{ raise_exception('Only one message.') }}", {})).toBeNull();
  });
});
