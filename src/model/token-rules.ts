/** What a model's ids are to whoever draws them. Names are those of transformers' generation config. */
export interface TokenRules {
  /** Ids that end a text, each of them. */
  endTokens: readonly number[];
  /** Ids that are never drawn, as those are that a padded vocabulary has no word for. None if left out. */
  suppressTokens?: readonly number[];
}
