export type { AddedTokens, Piece, Tokenizer } from './tokenizer';
export { createTokenizer, InvalidVocabularyError, UnknownWordError } from './word-level';
