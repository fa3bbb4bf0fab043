import { createTokenizer, type Tokenizer } from '../tokenizer';
import { jsonPieces } from './json-pieces';

/** Tokens that no text holds: padding, unknown words, one for each role of a chat, and the end of what a model writes. */
export const specialTokens = ['<pad>', '<unk>', '<user>', '<assistant>', '<feedback>', '<advice>', '<end>'] as const;
export type SpecialToken = (typeof specialTokens)[number];

/** The tokenizer of a toy vocabulary, JSON pieces included. Throws `InvalidVocabularyError`. */
export function wordsTokenizer(vocabulary: readonly string[]): Tokenizer {
  return createTokenizer(vocabulary, { special: specialTokens, pieces: jsonPieces });
}

/**
 * `tokenizer_config.json` beside the exported `tokenizer.json`: without the first key, readers that tidy English
 * spacing would glue "zorp ." into "zorp." and decode(encode(x)) = x would no longer hold.
 */
export const tokenizerConfig = {
  clean_up_tokenization_spaces: false,
  tokenizer_class: 'PreTrainedTokenizerFast',
  unk_token: '<unk>',
  pad_token: '<pad>',
  eos_token: '<end>',
  additional_special_tokens: ['<user>', '<assistant>', '<feedback>', '<advice>'],
} as const;
