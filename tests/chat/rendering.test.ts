import { describe, expect, it } from 'vitest';
import { ChatTemplateError, chatTemplateProblem, renderChat } from '../../src/chat/rendering';
import { chatTemplates } from '../../src/chat/words-template';

const dialogue = [
  { role: 'user', content: 'how do i dance' },
  { role: 'assistant', content: 'slowly' },
  { role: 'advice', content: 'be kind' },
];

describe('a chat template', () => {
  it('of ours gives the layout that the agents were trained on', () => {
    expect(renderChat(chatTemplates.conversation, dialogue)).toBe(
      '<user> how do i dance <assistant> slowly <end> <advice> be kind <assistant>',
    );
    expect(renderChat(chatTemplates.conversation, dialogue.slice(0, 1), { addGenerationPrompt: false })).toBe(
      '<user> how do i dance',
    );
  });

  it('of others finds their tokens, and its own words of refusal are told', () => {
    const template =
      '{{ bos_token }}{% for m in messages %}[{{ loop.index }}] {{ m.content | trim }}{{ eos_token }}{% endfor %}';
    expect(
      renderChat(template, dialogue.slice(0, 1), {
        tokenizerConfig: { bos_token: '<s>', eos_token: { content: '</s>' }, add_bos_token: true },
      }),
    ).toBe('<s>[1] how do i dance</s>');
    const refusing = "{{ raise_exception('no system prompts') }}";
    expect(() => renderChat(refusing, dialogue)).toThrow(/no system prompts/);
    expect(() => renderChat(refusing, dialogue)).toThrow(ChatTemplateError);
  });

  it('renders a long dialogue', () => {
    const long = Array.from({ length: 100 }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: 'word '.repeat(400),
    }));
    expect(renderChat(chatTemplates.conversation, long).length).toBeGreaterThan(200_000);
  });

  it('shows script as text, and reaches nothing outside', () => {
    const content = '<script>alert(1)</script> {{ 7 * 7 }}';
    expect(renderChat('{{ messages[0].content }}', [{ role: 'user', content }])).toBe(content);
    for (const name of ['globalThis', 'process', 'constructor', '__proto__', 'messages.constructor.constructor']) {
      expect(renderChat(`{{ ${name} is defined }}`, dialogue)).toBe('false');
    }
  });

  it('is told from what cannot be read', () => {
    expect(chatTemplateProblem(chatTemplates.feedback)).toBeNull();
    for (const broken of [
      '{% for m in %}',
      '{{',
      '{% endfor %}',
      '('.repeat(1e5).replace(/^/, '{{'),
      'x'.repeat(200_000),
    ]) {
      expect(chatTemplateProblem(broken)).not.toBeNull();
    }
  });
});

describe('a template that would never end is stopped within seconds', () => {
  const twice =
    "{% set ns = namespace(x='ab') %}{% for i in range(200) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}";
  it.each([
    ['a long count', '{% for i in range(10**9) %}x{% endfor %}'],
    ['a count that stands still', '{% for i in range(0, 5, 0) %}x{% endfor %}'],
    [
      'loops in loops',
      '{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['a text doubled', twice],
    ['a list doubled', twice.replace("'ab'", '[1, 2]').replaceAll('~', '+')],
    ['a macro that calls itself', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}'],
    [
      'a macro that calls itself twice',
      '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}',
    ],
    ['a broad indent', "{{ 'a\nb' | indent(10**9) }}"],
    [
      'a long text looked at again and again',
      "{% set x = 'a' * 1 %}{% set y = range(9999) | join(messages[0].content) %}{% for i in range(9999) %}{% if 'z' in y %}{% endif %}{% endfor %}",
    ],
  ])('%s', (_, template) => {
    const start = performance.now();
    expect(() => renderChat(template, dialogue)).toThrow(ChatTemplateError);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
