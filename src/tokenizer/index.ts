export { specialTokens, type SpecialToken, type Tokenizer } from './tokenizer';
export { jsonPieces } from './json-pieces';
export { createTokenizer, InvalidVocabularyError, tokenizerConfig, UnknownWordError } from './word-level';
