/** The words of a model that was made elsewhere: a tokenizer.json of anyone's, checked and opened. */
import { Tokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import type { Guest } from './guest';
import { isRecord } from './json';
import { short } from './short';
import { checkCounts } from './tokenizer-counts';
import { asInPython } from './tokenizer-differences';
import { checkSteps } from './tokenizer-steps';

/** A tokenizer.json that contradicts itself or its model, or that cannot be opened here. */
export class GuestTokenizerError extends Error {
  override name = 'GuestTokenizerError';
}

type TokenizerFiles = Pick<Guest, 'tokenizer' | 'tokenizerConfig'> & { config: Pick<Guest['config'], 'vocab_size'> };

const added = v.array(v.object({ id: v.custom<number>(isId), content: v.pipe(v.string(), v.minLength(1)) }));
/** Unigram's words have a score each, and their place is their id. */
const scored = v.pipe(v.array(v.looseTuple([v.string(), v.pipe(v.number(), v.finite())])), v.minLength(1));

/** Texts that every tokenizer has to get through: words, signs, spaces, and what no vocabulary has. */
const trials = ['Hello, world! 42', ' a\n\tb ', '\u{1f642}'];

/** A tokenizer that can be used: ids of a text, and the text of ids. */
export class GuestTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #size: number;
  /** What WordLevel reads a word as that it does not know: the library leaves it without an id. */
  readonly #unknown: number | null;

  /** Throws `GuestTokenizerError`, saying what is wrong. `name` names the file in messages. */
  constructor(files: TokenizerFiles, name = 'tokenizer.json') {
    const { tokenizer, tokenizerConfig, config } = files;
    const worded = checkTokenizer(files, name);
    this.#size = config.vocab_size;
    this.#unknown = unknownWord(tokenizer);
    try {
      this.#tokenizer = new Tokenizer(worded, tokenizerConfig);
      // What a closed vocabulary has no word for has no id.
      for (const text of trials) this.decode(this.#tokenizer.encode(text).ids.filter((id) => Number.isInteger(id)));
    } catch (error) {
      throw refusal(name, `the library that reads it says "${messageOf(error)}"`);
    }
  }

  /** With the tokens that the model puts around a text, unless `special` is false. */
  encode(text: string, { special = true }: { special?: boolean } = {}): number[] {
    const encoded = named(() => this.#tokenizer.encode(text, { add_special_tokens: special }));
    const ids = encoded.ids.map((id) => (id as number | undefined) ?? this.#unknown ?? NaN);
    // Without an unknown token, the library gives undefined for a word that the vocabulary lacks.
    const known = ids.filter((id) => Number.isInteger(id) && id >= 0 && id < this.#size);
    if (known.length < ids.length) {
      throw new GuestTokenizerError('This model has no token for a part of this text. Leave out unusual signs.');
    }
    return ids;
  }

  /** Special tokens are shown, unless `special` is false. */
  decode(ids: readonly number[], { special = true }: { special?: boolean } = {}): string {
    // A vocabulary may be padded with ids that no word has.
    const known = ids.filter((id) => this.#tokenizer.id_to_token(id) !== undefined);
    if (known.length === 0) return '';
    return named(() => this.#tokenizer.decode(known, { skip_special_tokens: !special }));
  }
}

/**
 * A tokenizer.json as Python reads it. Throws `GuestTokenizerError` where it contradicts itself or its model. Nothing of it is
 * run, so this comes to an end.
 */
export function checkTokenizer(
  { tokenizer, tokenizerConfig, config }: TokenizerFiles,
  name: string,
): Record<string, unknown> {
  const refuse = (why: string): never => {
    throw refusal(name, why);
  };
  checkCounts(tokenizer, tokenizerConfig, refuse);
  checkVocabulary(tokenizer, config.vocab_size, name);
  checkSteps(tokenizer, refuse);
  return asInPython(tokenizer, refuse);
}

/** The id of WordLevel's unknown token; null where there is none, or where the library finds it itself. */
function unknownWord({ model }: Record<string, unknown>): number | null {
  if (!isRecord(model) || model.type !== 'WordLevel' || !isRecord(model.vocab)) return null;
  const { unk_token: word, vocab } = model;
  return typeof word === 'string' && Object.hasOwn(vocab, word) ? (vocab[word] as number) : null;
}

/** What the library gives, or a `GuestTokenizerError` that quotes it. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new GuestTokenizerError(
      `This model's tokenizer cannot read or write this text: the library that runs it says "${messageOf(error)}". Try another text.`,
    );
  }
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function refusal(name: string, why: string): GuestTokenizerError {
  return new GuestTokenizerError(
    `Cannot use ${name}: ${why}. Download or export the model again, with its own tokenizer.`,
  );
}

/** Throws `GuestTokenizerError` unless every word has one id below `size`, and no id has two words. */
function checkVocabulary(tokenizer: Record<string, unknown>, size: number, name: string): void {
  const words = new Map<string, number>();
  const owners = new Map<number, string>();
  const enter = (word: string, id: number): void => {
    if (id >= size) throw refusal(name, `"${short(word)}" has id ${id}, and the model knows ids below ${size}`);
    const owner = owners.get(id);
    if (owner !== undefined && owner !== word) {
      throw refusal(name, `"${short(owner)}" and "${short(word)}" have the same id ${id}`);
    }
    if (words.has(word) && words.get(word) !== id) throw refusal(name, `"${short(word)}" has two ids`);
    words.set(word, id);
    owners.set(id, word);
  };
  const { model, added_tokens } = tokenizer;
  if (!isRecord(model)) throw refusal(name, 'it has no model');
  const { vocab } = model;
  if (Array.isArray(vocab)) {
    if (!v.is(scored, vocab)) throw refusal(name, 'its vocabulary does not give a word and a score each');
    if (!(vocab.length <= size)) throw refusal(name, `it has ${vocab.length} words, and the model knows ${size}`);
    vocab.forEach(([word], i) => enter(word, i));
  } else {
    if (!isRecord(vocab)) throw refusal(name, 'it has no vocabulary');
    for (const [word, value] of Object.entries(vocab)) {
      if (!isId(value)) throw refusal(name, `the id of "${short(word)}" is not a whole number`);
      enter(word, value);
    }
  }
  if (words.size === 0) throw refusal(name, 'its vocabulary is empty');
  if (!v.is(added, added_tokens)) throw refusal(name, 'its added_tokens do not have a content and an id each');
  const contents = new Set<string>();
  for (const { content, id } of added_tokens) {
    if (contents.has(content)) throw refusal(name, `it adds "${short(content)}" twice`);
    contents.add(content);
    enter(content, id);
  }
}

function messageOf(error: unknown): string {
  return short(error instanceof Error ? error.message : String(error));
}
