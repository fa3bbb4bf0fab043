/** SentencePiece's BPE has a score for each word; tokenizer.json wants pairs in the order in which they are merged. */
import { tokenizerLimits } from '../limits';
import type { Refusal } from './error';
import type { Numbers } from './header';
import type { Vocabulary } from './vocabulary';

/** Of the squares of the words' lengths: public vocabularies stay below a tenth. */
const MOST_WORK = 200_000_000;

interface Merge {
  left: number;
  right: number;
  score: number;
}

/**
 * All pairs of words that make a word, best score first, then as transformers orders them. Words for bytes take no part: text
 * that looks like one is not one.
 */
export function mergesOf(vocabulary: Vocabulary, scores: Numbers, { damaged }: Refusal): [string, string][] {
  const { tokens, words, bytes } = vocabulary;
  if (scores.length !== tokens.length) damaged(`it has ${tokens.length} words and the scores of ${scores.length}`);
  const pieces = words.filter((id) => !bytes.has(id));
  const work = pieces.reduce((sum, id) => sum + tokens[id].length ** 2, 0);
  if (work > MOST_WORK) damaged('its words are far longer than words are');
  const ids = new Map(pieces.map((id) => [tokens[id], id]));
  const merges: Merge[] = [];
  for (const id of pieces) {
    const word = tokens[id];
    const score = scores[id];
    if (!Number.isFinite(score)) damaged(`the score of its word ${id} is no finite number`);
    for (let at = 1; at < word.length; at++) {
      const left = ids.get(word.slice(0, at));
      const right = left === undefined ? undefined : ids.get(word.slice(at));
      if (left !== undefined && right !== undefined) merges.push({ left, right, score });
    }
    if (merges.length > tokenizerLimits.merges) damaged(`it has more than ${tokenizerLimits.merges} merges`);
  }
  const length = (id: number) => tokens[id].length;
  merges.sort((a, b) => b.score - a.score || length(b.left) - length(a.left) || a.left - b.left || a.right - b.right);
  return merges.map(({ left, right }) => [tokens[left], tokens[right]]);
}
