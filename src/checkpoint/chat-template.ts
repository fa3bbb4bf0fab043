import { prefixNote } from '../chat/prefix-note';
import { chatTemplateProblem } from '../chat/rendering';

/** A chat template that can be used, or null, and what is to be said of it. One that cannot be read is left out. */
export function usableTemplate(
  template: unknown,
  tokenizerConfig: Readonly<Record<string, unknown>>,
): { chatTemplate: string | null; notes: string[] } {
  if (template === undefined || template === null) return { chatTemplate: null, notes: [] };
  const problem = typeof template === 'string' ? chatTemplateProblem(template) : 'it is not a text';
  if (problem !== null) {
    const note = `Its chat template cannot be read (${problem}), so it continues plain text.`;
    return { chatTemplate: null, notes: [note] };
  }
  const chatTemplate = template as string;
  const rewrites = prefixNote(chatTemplate, tokenizerConfig);
  return { chatTemplate, notes: rewrites === null ? [] : [rewrites] };
}
