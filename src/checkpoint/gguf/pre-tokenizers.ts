/** How a text is split before byte-level BPE, by `tokenizer.ggml.pre`, as steps of a tokenizer.json. */

export interface PreTokenizer {
  normalizer: Record<string, unknown> | null;
  pre_tokenizer: Record<string, unknown>;
  /** Whether a word that the vocabulary has is taken whole, whatever the merges say. */
  ignore_merges: boolean;
  /** Whether a text begins with the bos token where the file does not say. */
  addBos: boolean;
  /** What is to be said of it, or null. */
  note: string | null;
}

const byteLevel = (use_regex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});
const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const sequence = (...pretokenizers: Record<string, unknown>[]) => ({ type: 'Sequence', pretokenizers });

const plain = { normalizer: null, ignore_merges: false, addBos: false, note: null };

const gpt2: PreTokenizer = { ...plain, pre_tokenizer: byteLevel(true) };

/** Each digit by itself, then as GPT-2. */
const digits: PreTokenizer = {
  ...plain,
  pre_tokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)),
};

/** GPT-4's pattern, with as many digits in a row as `digits` says. */
const gpt4 = (digits: string) =>
  sequence(
    split(
      `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
    ),
    byteLevel(false),
  );

const llama3: PreTokenizer = { ...plain, pre_tokenizer: gpt4('\\p{N}{1,3}'), ignore_merges: true, addBos: true };
const qwen2: PreTokenizer = { ...plain, normalizer: { type: 'NFC' }, pre_tokenizer: gpt4('\\p{N}') };

/** What llama.cpp does where a file names nothing better. */
const llamaCpp: PreTokenizer = {
  ...plain,
  pre_tokenizer: sequence(
    split('[\\p{P}$+<=>^~|]+'),
    split("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)"),
    split('\\p{N}+'),
    split('[0-9][0-9][0-9]'),
    byteLevel(false),
  ),
  note: 'It names its pre-tokenizer "default", which is llama.cpp’s own: its model may have been trained with another.',
};

/** By llama.cpp's names. */
export const preTokenizers: Readonly<Record<string, PreTokenizer>> = {
  'gpt-2': gpt2,
  smollm: digits,
  starcoder: digits,
  refact: digits,
  'llama-bpe': llama3,
  llama3,
  'llama-v3': llama3,
  'smaug-bpe': { ...llama3, ignore_merges: false, addBos: false },
  qwen2,
  default: llamaCpp,
};
