import * as v from 'valibot';
import { firstIssue } from '../../checkpoint/issue';
import { resultSchema, type Result } from './result';

/** A file of results cannot be read; the message names the line. */
export class ResultLinesError extends Error {
  override name = 'ResultLinesError';
}

/** More results than any sweep has. */
const MOST = 10_000;

/** Results as JSON Lines, one a line: what `waltz sweep` writes and the page exports. Nothing is taken if any line is bad. */
export function parseResultLines(text: string): Result[] {
  const lines = text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [{ line, at: i + 1 }]));
  const refuse = (why: string): never => {
    throw new ResultLinesError(
      `${why} Nothing was imported. Choose the sweep.jsonl of waltz sweep, or a page's export.`,
    );
  };
  if (lines.length === 0) refuse('This file holds no results.');
  if (lines.length > MOST) refuse(`This file holds ${lines.length} lines; at most ${MOST} are read.`);
  return lines.map(({ line, at }) => {
    let content: unknown;
    try {
      content = JSON.parse(line);
    } catch {
      return refuse(`Line ${at} is not JSON.`);
    }
    const found = v.safeParse(resultSchema, content);
    if (found.success) return found.output;
    return refuse(`Line ${at} is no result of this version: ${firstIssue(found.issues)}.`);
  });
}

export function resultLines(results: readonly Result[]): string {
  return results.map((result) => `${JSON.stringify(result)}\n`).join('');
}
