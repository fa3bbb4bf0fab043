/**
 * Word-level tokenizer of a closed vocabulary, kept as a Hugging Face `tokenizer.json`.
 * Ids: the special tokens first, in their order, then the vocabulary in its order.
 */
export interface Tokenizer {
  readonly size: number;
  /** Tokens of a text; throws `UnknownWordError` naming the first word that is not in the vocabulary. */
  encode(text: string): number[];
  /** One space between words; pieces joined to their neighbours as they say. */
  decode(ids: readonly number[]): string;
  id(token: string): number;
  /** The file that @huggingface/tokenizers and `transformers` open. */
  toJSON(): Record<string, unknown>;
}

/** Tokens that are found anywhere in a text, whatever stands around them. */
export interface AddedTokens {
  /** Shown to nobody; `<unk>` is among them. */
  special: readonly string[];
  pieces: readonly Piece[];
}

/** A token of the vocabulary; `before` and `after` say on which sides it touches its neighbour without a space. */
export interface Piece {
  text: string;
  before: boolean;
  after: boolean;
}
