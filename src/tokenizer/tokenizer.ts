/**
 * Word-level tokenizer of a closed vocabulary, kept as a Hugging Face `tokenizer.json`.
 * Ids: the special tokens first, in the order below, then the world's vocabulary in its order.
 */
export const specialTokens = ['<pad>', '<unk>', '<user>', '<assistant>', '<feedback>', '<advice>', '<end>'] as const;
export type SpecialToken = (typeof specialTokens)[number];

export interface Tokenizer {
  readonly size: number;
  /** Tokens of a text; throws `UnknownWordError` naming the first word that is not in the vocabulary. */
  encode(text: string): number[];
  /** One space between words; JSON pieces joined as JSON writes them. */
  decode(ids: readonly number[]): string;
  id(token: string): number;
  /** The file that @huggingface/tokenizers and `transformers` open. */
  toJSON(): Record<string, unknown>;
}
