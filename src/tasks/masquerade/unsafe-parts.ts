import type { TextRange } from '../../task/task';

/** The clauses of a text in which a word stands, as character ranges; none for no word. */
export function partsWith(text: string, word: string): TextRange[] {
  if (word === '') return [];
  return clauses(text)
    .filter((clause) => clause.some((one) => one.word === word))
    .map((clause) => ({ start: clause[0].start, end: clause[clause.length - 1].end }));
}

interface Word extends TextRange {
  word: string;
}

/** Runs of words between punctuation marks, which belong to neither side. */
function clauses(text: string): Word[][] {
  const runs: Word[][] = [[]];
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    if (/^[.,;:!?]$/.test(word)) runs.push([]);
    else runs[runs.length - 1].push({ word, start: index, end: index + word.length });
  }
  return runs.filter((run) => run.length);
}
