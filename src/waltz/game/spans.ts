import type { Span } from './rollout';

/**
 * The part of a repaired answer that differs from the first one: what is left between the words that both start with
 * and the words that both end with. The whole answer where only words were left out.
 */
export function repairedSpans(text: string, first: string): Span[] {
  const after = words(text);
  const before = words(first);
  if (!after.length) return [];
  const shorter = Math.min(after.length, before.length);
  let head = 0;
  while (head < shorter && after[head].word === before[head].word) head++;
  let tail = 0;
  while (tail < shorter - head && after[after.length - 1 - tail].word === before[before.length - 1 - tail].word) tail++;
  const changed = after.slice(head, after.length - tail);
  const marked = changed.length ? changed : after;
  return [{ start: marked[0].start, end: marked[marked.length - 1].end, kind: 'repaired' }];
}

interface Word {
  word: string;
  start: number;
  end: number;
}

function words(text: string): Word[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({ word, start: index, end: index + word.length }));
}
