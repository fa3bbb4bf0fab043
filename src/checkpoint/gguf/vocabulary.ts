/** The words of a GGUF file by their kinds, and the tokens that have a part to play. */
import { tokenizerLimits } from '../limits';
import { short } from '../short';
import type { Refusal } from './error';
import type { Metadata } from './metadata';

/** Kinds of tokens, by ggml's numbers. */
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const UNUSED = 5;
const BYTE = 6;

export interface Vocabulary {
  /** All words by their ids. */
  tokens: readonly string[];
  /** Ids of words that a text is put together from, bytes among them. */
  words: readonly number[];
  /** Ids of `words` that stand for a byte. */
  bytes: ReadonlySet<number>;
  /** Tokens that are found in a text before anything else; special ones are no part of what is said. */
  added: readonly { id: number; special: boolean }[];
}

/** Tokens with a part to play, by their ids; null where there is none. */
export interface SpecialTokens {
  bos: number | null;
  eos: number | null;
  unk: number | null;
  pad: number | null;
  /** Ids that end a text. */
  ends: readonly number[];
}

const LIST = 'tokenizer.ggml.tokens';
const KINDS = 'tokenizer.ggml.token_type';

export function readVocabulary(metadata: Metadata, { bos, ends }: SpecialTokens, refusal: Refusal): Vocabulary {
  const tokens = metadata.needTexts(LIST);
  if (tokens.length > tokenizerLimits.words) {
    refusal.damaged(`it has ${tokens.length} words, and ${tokenizerLimits.words} are the most`);
  }
  // Without their kinds special tokens would be split into letters.
  const kinds = metadata.numbers(KINDS) ?? refusal.damaged(`its header has no "${KINDS}"`);
  if (kinds.length !== tokens.length) refusal.damaged(`it has ${tokens.length} words and the kinds of ${kinds.length}`);
  const first = new Map<string, number>();
  const words: number[] = [];
  const bytes = new Set<number>();
  const added: { id: number; special: boolean }[] = [];
  const special = new Set([bos, ...ends]);
  for (const [id, token] of tokens.entries()) {
    const kind = kinds[id];
    if (kind === UNUSED && !special.has(id)) continue;
    const twin = first.get(token);
    if (twin !== undefined) refusal.damaged(`its words ${twin} and ${id} are both "${short(token)}"`);
    first.set(token, id);
    if (token === '') refusal.damaged(`its word ${id} is empty`);
    if (kind === CONTROL || kind === UNKNOWN || special.has(id)) added.push({ id, special: true });
    else if (kind === USER_DEFINED) added.push({ id, special: false });
    else if (kind === NORMAL || kind === BYTE) {
      words.push(id);
      if (kind === BYTE) bytes.add(id);
    } else refusal.damaged(`its word ${id} is of kind ${kind}, which there is not`);
  }
  return { tokens, words, bytes, added };
}

/** `defaults` are those of the tokenizer's kind. */
export function readSpecialTokens(
  metadata: Metadata,
  defaults: Partial<Record<'bos' | 'eos' | 'unk', number>>,
  refusal: Refusal,
): SpecialTokens {
  const count = metadata.needTexts(LIST).length;
  const id = (name: string, otherwise?: number): number | null => {
    const key = `tokenizer.ggml.${name}_token_id`;
    const found = metadata.number(key) ?? otherwise ?? null;
    if (found !== null && !(Number.isInteger(found) && found >= 0 && found < count)) {
      refusal.damaged(`"${key}" is ${found}, and it has the words 0 to ${count - 1}`);
    }
    return found;
  };
  const eos = id('eos', defaults.eos);
  const ends = new Set([eos, id('eot'), id('eom')].filter((end) => end !== null));
  if (ends.size === 0) refusal.damaged('its header has no "tokenizer.ggml.eos_token_id": nothing would end a text');
  const [bos, unk] = [id('bos', defaults.bos), id('unknown', defaults.unk)];
  return { bos, eos, unk, pad: id('padding'), ends: [...ends] };
}
