/** Where the library that runs a tokenizer.json differs from Python's tokenizers: mended where that is a rewording, else refused. */
import { isRecord } from './json';
import { short } from './short';

type Refuse = (why: string) => never;

/** \w of Python's tokenizers: letters, marks, digits and joiners of every script, where JavaScript's is ASCII. */
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';

/**
 * The same tokenizer in words that the library understands as Python does. Calls `refuse` for what it would read otherwise, so
 * that nobody trains or measures a model on other ids than its own.
 */
export function asInPython(tokenizer: Record<string, unknown>, refuse: Refuse): Record<string, unknown> {
  const { added_tokens: added } = tokenizer;
  for (const token of Array.isArray(added) ? added : []) {
    if (isRecord(token) && token.single_word === true) {
      refuse(
        `its added token "${short(String(token.content))}" is one only where it stands alone (single_word), which is not told apart here`,
      );
    }
  }
  return { ...tokenizer, pre_tokenizer: reworded(tokenizer.pre_tokenizer) };
}

function reworded(step: unknown): unknown {
  if (!isRecord(step)) return step;
  if (step.type === 'Sequence' && Array.isArray(step.pretokenizers)) {
    return { ...step, pretokenizers: step.pretokenizers.map(reworded) };
  }
  switch (step.type) {
    case 'Whitespace': {
      const Regex = `[${WORD}]+|[^${WORD}\\s]+`;
      return { type: 'Split', pattern: { Regex }, behavior: 'Removed', invert: true };
    }
    case 'Digits':
      // Of every script, and fractions too, where the library knows 0 to 9.
      return {
        type: 'Split',
        pattern: { Regex: step.individual_digits === true ? '\\p{N}' : '\\p{N}+' },
        behavior: 'Isolated',
        invert: false,
      };
    default:
      return step;
  }
}
