import fc from 'fast-check';
import type { Case } from './case';

const name = fc.constantFrom(
  'messages',
  'ns',
  'ns.a',
  'x',
  'message',
  'bos_token',
  'loop',
  'f',
  '__proto__',
  'range',
  'nobody',
  'messages[0].content',
);
const filter = fc.constantFrom(
  ...[
    'tojson',
    'tojson(indent=4)',
    'string',
    "join(',')",
    'join(ns.a)',
    'sort',
    'unique',
    'list',
    'length',
    'trim',
    'upper',
    'items',
    'first',
  ],
  ...[
    "replace('a', ns.a)",
    "replace('', 'aa')",
    'indent(1000)',
    'indent(4, true)',
    'safe',
    "default('x')",
    'int',
    'dictsort',
    'reverse',
  ],
  ...["selectattr('role', 'equalto', 'user')", "map(attribute='content')", 'abs', 'capitalize', 'title', 'magic'],
);
const operator = fc.constantFrom(
  '+',
  '-',
  '~',
  '*',
  '/',
  '//',
  '%',
  '**',
  '==',
  '!=',
  '<',
  'in',
  'not in',
  'and',
  'or',
);
const number = fc.constantFrom(
  '0',
  '1',
  '-1',
  '40',
  '9999',
  '10**9',
  '1e5',
  '0.5',
  '999999999999999999999',
  '(0 // 0)',
);
const { statement } = fc.letrec<{ expression: string; statement: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    name,
    number,
    fc.constantFrom("'a'", "'\\ud800'", "'{{'", '[]', '[1, 2]', '{"a": [1]}', "'ab\\nc'", 'true', 'none', '"\\u202e"'),
    fc.tuple(tie('expression'), operator, tie('expression')).map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc.tuple(tie('expression'), filter).map((parts) => parts.join(' | ')),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}, ${b}, ${a}]`),
    fc
      .tuple(
        fc.constantFrom('range', 'f', 'raise_exception', 'namespace', 'strftime_now', 'ns.a.split', "ns.a['replace']"),
        fc.array(tie('expression'), { maxLength: 2 }),
      )
      .map(([call, args]) => `${call}(${args.join(', ')})`),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom(
          '[0]',
          '[-1]',
          '[::-1]',
          '[::0]',
          '[1:10**9]',
          '.a',
          '.upper()',
          ".split('a')",
          ".replace('a', 'aaaa')",
          '.items()',
        ),
      )
      .map((parts) => parts.join('')),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} if ${b} else ${c})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('defined', 'string', 'mapping', 'odd', 'none', 'nothing'))
      .map((parts) => parts.join(' is ')),
    fc.constantFrom('%d %b', '%Q', '%', '%-d', '%c'.repeat(99)).map((format) => `strftime_now('${format}')`),
  ),
  statement: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    tie('expression').map((value) => `{{ ${value} }}`),
    fc
      .tuple(fc.constantFrom('x', 'ns.a', 'ns.b', 'ns'), tie('expression'))
      .map(([to, value]) => `{% set ${to} = ${value} %}`),
    fc
      .tuple(
        fc.constantFrom('ns.a ~ ns.a', 'ns.a + ns.a', '[ns.a, ns.a]', '{"a": ns.a, "b": ns.a}', '[ns.a]'),
        fc.integer({ min: 2, max: 200 }),
      )
      .map(([twice, count]) => `{% for i in range(${count}) %}{% set ns.a = ${twice} %}{% endfor %}`),
    fc
      .tuple(tie('expression'), tie('statement'), fc.constantFrom('', '{% break %}', '{% continue %}'))
      .map(([over, body, out]) => `{% for x in ${over} %}${body}${out}{% endfor %}`),
    fc
      .tuple(fc.integer({ min: 1, max: 9999 }), tie('statement'))
      .map(([count, body]) => `{% for i in range(${count}) %}${body}{% endfor %}`),
    fc
      .tuple(tie('expression'), tie('statement'), tie('statement'))
      .map(([test, a, b]) => `{% if ${test} %}${a}{% else %}${b}{% endif %}`),
    tie('statement').map((body) => `{% macro f(x) %}${body}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}`),
    tie('statement').map(
      (body) => `{% macro f(x) %}${body}{{ caller() }}{% endmacro %}{% call f(1) %}${body}{% endcall %}`,
    ),
    fc.tuple(filter, tie('statement')).map(([by, body]) => `{% filter ${by} %}${body}{% endfilter %}`),
    fc.tuple(tie('statement'), tie('statement')).map((parts) => parts.join('')),
    tie('statement').map((body) => `{% generation %}${body}{% endgeneration %}`),
  ),
}));
const begun = statement.map((body) => `{% set ns = namespace(a='aa', b=[1]) %}${body}{{ ns.a }}`);

const torn = fc.tuple(begun, fc.nat()).map(([template, at]) => template.slice(0, at % template.length));
const repeated = fc
  .tuple(
    fc.constantFrom(
      ' ',
      '\n',
      '\t',
      '\u3000',
      '{{',
      '{%',
      '{#',
      '(',
      '[',
      '{',
      '-',
      '1+',
      'not ',
      '{{ a }}',
      '{% if a %}',
      'a.',
      "a['",
      '|trim',
      '\\',
      '"',
      '{%- ',
      ' -%}',
      '{% generation %}',
      '{# #}',
      'x',
    ),
    fc.integer({ min: 2, max: 40_000 }),
    fc.constantFrom('', '{{', '}}', '{% generation %}', '{% endif %}'),
  )
  .map(([piece, count, end]) => `{{ ${piece.repeat(Math.min(count, 99_000 / piece.length))}${end}`);
const noise = fc.string({
  maxLength: 60,
  unit: fc.oneof(
    fc.constantFrom('{%', '%}', '{{', '}}', '{#', '#}', 'for', 'in', 'if', 'endif', ' ', "'", '|', '('),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  ),
});

export const templateCases: fc.Arbitrary<Case> = fc
  .oneof(
    { weight: 8, arbitrary: begun },
    { weight: 1, arbitrary: torn },
    { weight: 2, arbitrary: repeated },
    { weight: 1, arbitrary: noise },
  )
  .map((template) => ({ kind: 'template', template }));
