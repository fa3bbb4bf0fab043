import { existsSync, readFileSync } from 'node:fs';
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

const casesFolder = new URL('../../../shared/cases/template/', import.meta.url);

describe('a template that asks for the date', () => {
  const now = new Date(2026, 10, 9, 5, 4, 3);
  it.each([
    ['%d %b %Y', '09 Nov 2026'],
    ['%A, %B %-d, %y; %a %e', 'Monday, November 9, 26; Mon  9'],
    ['%H:%M:%S %I %-I %p %f', '05:04:03 05 5 AM 000000'],
    ['%Y-%m-%dT%T %F %R', '2026-11-09T05:04:03 2026-11-09 05:04'],
    ['%j %U %W %w %u', '313 45 45 1 1'],
    ['%c|%x|%X|%z%Z|%%', 'Mon Nov  9 05:04:03 2026|11/09/26|05:04:03||%'],
  ])('in %s is told as Python tells it', (format, told) => {
    expect(renderChat(`{{ strftime_now('${format}') }}`, dialogue, { now })).toBe(told);
  });

  it('is told the date of this machine, where no other is given', () => {
    expect(renderChat("{{ strftime_now('%Y') }}", dialogue)).toBe(String(new Date().getFullYear()));
  });

  it('in a format that Python has not is refused by its name', () => {
    for (const format of ['%Q', '%', '%-%%-']) {
      expect(() => renderChat(`{{ strftime_now('${format}') }}`, dialogue)).toThrow(/strftime_now knows no "%/);
    }
    expect(() => renderChat('{{ strftime_now([1]) }}', dialogue)).toThrow(ChatTemplateError);
  });
});

describe.skipIf(!existsSync(casesFolder))('small templates that once hung or failed', () => {
  const read = (name: string) => readFileSync(new URL(name, casesFolder), 'utf8');
  it.each(['shared-lists.jinja', 'spaces.jinja'])('%s is refused', (name) => {
    const start = performance.now();
    expect(() => renderChat(read(name), dialogue)).toThrow(ChatTemplateError);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('clock.jinja renders', () => {
    const now = new Date(2026, 0, 2);
    expect(renderChat(read('clock.jinja'), dialogue.slice(0, 1), { now })).toBe(
      'Today is 2026-01-02. user: how do i dance\n',
    );
  });
});

describe('what transformers has beside Jinja', () => {
  it.each([
    [
      'break and continue',
      '{% for i in range(9) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}',
      '02',
    ],
    ['the generation tag', '{% generation %}{{ messages[1].content }}{% endgeneration %}', 'slowly'],
    ['tojson with its spaces', '{{ {"b": [1, "é"]} | tojson }}', '{"b": [1, "é"]}'],
    ['tojson moved in', '{{ {"b": [1]} | tojson(indent=2) }}', '{\n  "b": [\n    1\n  ]\n}'],
    ['joining, replacing and sorting', "{{ ['b', 'a'] | sort | join(', ') | replace('a', 'c') }}", 'c, b'],
  ])('%s', (_, template, text) => {
    expect(renderChat(template, dialogue)).toBe(text);
  });
});

describe('a template that would never end is stopped within seconds', () => {
  const twice =
    "{% set ns = namespace(x='ab') %}{% for i in range(200) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}";
  const shared = '{% set ns = namespace(a=[1, 1]) %}{% for i in range(40) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}';
  const long = "{% set ns = namespace(x='aaaa') %}{% for i in range(16) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}";
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
    ...(
      [
        ['a list that shares itself, as JSON', '{{ ns.a | tojson }}'],
        ['the same over several lines', '{{ ns.a | tojson(indent=4) }}'],
        ['the same as text', '{{ ns.a | string }}'],
        ['the same written out', '{{ ns.a }}'],
        ['the same joined', "{{ ns.a | join(',') }}"],
        ['the same put behind a text', "{{ 'x' ~ ns.a }}"],
        ['the same added to a text', "{{ ns.a + 'x' }}"],
        ['the same compared', "{{ ns.a == 'x' }}"],
        ['the same counted to', '{{ range(ns.a) }}'],
        ['the same as a refusal', '{{ raise_exception(ns.a) }}'],
        ['the same as a date', '{{ strftime_now(ns.a) }}'],
        ['the same through a macro', '{% macro f(x) %}{{ x }}{% endmacro %}{{ f(ns.a) }}'],
        ['the same in a dictionary', '{% set d = {"a": ns.a} %}{{ d }}'],
      ] as const
    ).map(([name, use]) => [name, shared + use] as [string, string]),
    ['a text that replaces each letter', `${long}{% set y = ns.x.replace('a', ns.x) %}`],
    ['the same as a filter', `${long}{% set y = ns.x | replace('a', ns.x) %}`],
    ['the same by a name in brackets', `${long}{% set y = ns.x['replace']('a', ns.x) %}`],
    ['a long text between many', `${long}{{ range(9999) | join(ns.x) }}`],
    [
      'a macro that is made again and again',
      `{% for i in range(9999) %}{% for j in range(9) %}{% macro f() %}${'{{ a }}'.repeat(9000)}{% endmacro %}{% endfor %}{% endfor %}`,
    ],
    ['names that nobody knows', `{% for i in range(9999) %}${'{{ a }}'.repeat(9000)}{% endfor %}`],
    ['brackets in brackets', `{{ ${'['.repeat(2000)}${']'.repeat(2000)} }}`],
    ['a long sum', `{{ ${'1+'.repeat(20_000)}1 }}`],
    ['blanks before a tag', `${' '.repeat(90_000)}{% generation %}`],
    ['line ends in a row', `a${'\n'.repeat(50_000)}b`],
    ['a deep indent', '{{ [[1]] | tojson(indent=100000000) }}'],
  ])('%s', (_, template) => {
    const start = performance.now();
    expect(() => renderChat(template, dialogue)).toThrow(ChatTemplateError);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
