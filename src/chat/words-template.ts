/**
 * The layout of `words.ts` as Jinja chat templates, so that an exported agent can be prompted by
 * `transformers` as it was trained. Roles are the role tokens' names.
 */
const template = (answers: 'assistant' | 'feedback', others: readonly string[]) =>
  [
    '{%- for message in messages -%}',
    `{%- if message['role'] not in ${JSON.stringify([...others, answers])} -%}`,
    `{{ raise_exception('Roles are ${[...others, answers].join(', ')}.') }}`,
    '{%- endif -%}',
    `{%- if not loop.first %}{{ ' ' }}{% endif -%}`,
    `{{ '<' + message['role'] + '> ' + message['content'] }}`,
    `{%- if message['role'] == '${answers}' %}{{ ' <end>' }}{% endif -%}`,
    '{%- endfor -%}',
    `{%- if add_generation_prompt %}{{ ' <${answers}>' }}{% endif -%}`,
  ].join('');

/** By agent; an agent without one has no layout of its own yet. */
export const chatTemplates: Readonly<Record<string, string>> = {
  /** `<user>` p `<assistant>` c₀ `<end>` `<advice>` feedback `<assistant>` … */
  conversation: template('assistant', ['user', 'advice']),
  /** `<user>` p `<assistant>` c_t `<feedback>` … */
  feedback: template('feedback', ['user', 'assistant']),
};
