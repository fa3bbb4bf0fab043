export { specialTokens, type SpecialToken, type Tokenizer } from './tokenizer';
export { jsonPieces } from '../chat/json-pieces';
export { createTokenizer, InvalidVocabularyError, tokenizerConfig, UnknownWordError } from './word-level';
