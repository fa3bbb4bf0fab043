/** The steps of a stranger's tokenizer.json, checked before any text goes through them: none may explode. */
import * as v from 'valibot';
import { isRecord } from './json';
import { mayExplode } from './regex-cost';
import { short } from './short';

type Refuse = (what: string) => never;
type Step = Record<string, unknown>;

/** Real tokenizers have up to about ten steps. */
const MOST_STEPS = 100;
/** Characters that a text of `TEXT` may become; with the widest Unicode form and bytes as letters, real ones stay below 200 times. */
const TEXT = 1000;
const MOST_TEXT = 1000 * TEXT;
/** U+FDFA becomes 18 characters, more than any other. */
const WIDEST_FORM = 18;
const unicodeForms = new Set(['NFC', 'NFD', 'NFKC', 'NFKD', 'Precompiled']);
const LONGEST_WORD = 1000;

const patternSchema = v.union([v.object({ Regex: v.string() }), v.object({ String: v.string() })]);
const wholeSteps = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Calls `refuse` where a step of `tokenizer` would never end, or would make far more of a text than there is. */
export function checkSteps({ model, ...tokenizer }: Record<string, unknown>, refuse: Refuse): void {
  if (isRecord(model) && typeof model.max_input_chars_per_word === 'number') {
    const most = model.max_input_chars_per_word;
    if (most > LONGEST_WORD) refuse(`it looks for words of ${most} characters, and ${LONGEST_WORD} are the most`);
  }
  let count = 0;
  let length = TEXT;
  let widened = false;
  const part = (step: Step, within: string) => {
    if (++count > MOST_STEPS) refuse(`it has more than ${MOST_STEPS} steps`);
    checkStep(step, refuse);
    const { times, plus } = growth(step, within);
    if (unicodeForms.has(String(step.type))) {
      // One form after another makes nothing longer, until something new is written.
      if (!widened) length *= WIDEST_FORM;
      widened = true;
    } else if (step.type === 'Replace' || step.type === 'Prepend') widened = false;
    length = length * times + plus;
    if (length > MOST_TEXT) {
      refuse(`its steps would make more than ${MOST_TEXT} characters of a text of ${TEXT}`);
    }
  };
  const walk = (value: unknown, within: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isRecord(value) && (typeof value.type === 'string' || 'pattern' in value)) part(value, within);
    for (const inner of Object.values(value)) walk(inner, within);
  };
  for (const within of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) walk(tokenizer[within], within);
}

function checkStep({ type, length, pattern, content }: Step, refuse: Refuse): void {
  if (type === 'FixedLength' && !v.is(wholeSteps, length)) refuse('it cuts texts into pieces of no length');
  if (pattern === undefined) return;
  if (!v.is(patternSchema, pattern)) return refuse('it has a pattern of no known kind');
  const { Regex: regex, String: text } = pattern as { Regex?: unknown; String?: unknown };
  if (text === '') refuse('it looks for an empty text');
  if (typeof regex === 'string' && mayExplode(regex)) {
    refuse(`its pattern ${short(regex)} may take forever on a short text`);
  }
  // JavaScript puts in what was found, or all that stands around it; other readers write these two signs.
  const special = typeof content === 'string' ? /\$[$&`'\d<]/.exec(content) : null;
  if (special) refuse(`it writes "${special[0]}", which is read in two ways`);
}

/** How much longer a step may make a text: so many times, and so many characters. */
function growth(step: Step, within: string): { times: number; plus: number } {
  const { type, pattern, content, behavior, prepend, single, suffix, word_delimiter_token: delimiter } = step;
  switch (type) {
    case 'Replace':
      return { times: replacement(pattern, lengthOf(content)), plus: lengthOf(content) };
    case 'Split':
      // What was cut away comes back once for each group in brackets.
      return { times: /^removed$/i.test(String(behavior)) ? Math.max(1, groups(pattern)) : 1, plus: 0 };
    case 'Prepend':
      return { times: 1, plus: lengthOf(prepend) };
    case 'Metaspace':
      return { times: 1 + Math.max(1, lengthOf(step.str_rep), lengthOf(step.replacement)), plus: 0 };
    case 'ByteLevel':
      // A character is up to three bytes, each a letter, and a space is put before it.
      return { times: within === 'pre_tokenizer' ? 4 : 1, plus: 0 };
    case 'BertNormalizer':
      return { times: 6, plus: 0 };
    case 'Lowercase':
    case 'WordPiece':
      return { times: 2, plus: 0 };
    case 'BPEDecoder':
      return { times: lengthOf(suffix) === 0 ? 2 : 1, plus: 0 };
    case 'CTC':
      return { times: lengthOf(delimiter) === 0 ? 2 : 1, plus: 0 };
    case 'TemplateProcessing': {
      const items: unknown[] = Array.isArray(single) ? single : [];
      const texts = items.filter((item) => isRecord(item) && 'Sequence' in item).length;
      return { times: Math.max(1, texts), plus: items.length };
    }
    default:
      return { times: 1, plus: 0 };
  }
}

function replacement(pattern: unknown, written: number): number {
  const found = isRecord(pattern) && pattern.Regex === undefined ? lengthOf(pattern.String) : 0;
  // A pattern may find a single character, or the nothing between two.
  return found === 0 ? 1 + written : Math.max(1, written / found);
}

function groups(pattern: unknown): number {
  const { Regex: regex } = isRecord(pattern) ? pattern : {};
  return typeof regex === 'string' ? [...regex.matchAll(/\((?!\?)|\(\?<(?![=!])/g)].length : 1;
}

function lengthOf(text: unknown): number {
  if (typeof text === 'string') return text.length;
  return text === undefined || text === null ? 0 : JSON.stringify(text).length;
}
