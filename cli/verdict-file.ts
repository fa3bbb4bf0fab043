/** What judges found, a JSON object a line: the next call with the same file asks only what is not there. */
import { appendFileSync } from 'node:fs';
import { VerdictCache } from '../src/judges/cached';
import { readVerdict } from '../src/lab/measure/measurement-schema';
import { UsageError } from './arguments';
import { readWholeLines } from './json-lines';

/** @throws {UsageError} for a file of another kind. A last line that was cut off is left out. */
export function openVerdicts(path: string): VerdictCache {
  const cache = new VerdictCache((key, verdict) => appendFileSync(path, `${JSON.stringify({ key, verdict })}\n`));
  readWholeLines(path, (line, at) => {
    const read = readLine(line);
    if (!read) throw new UsageError(`${path}, line ${at + 1}: this is no verdict. Give --verdicts a file of its own.`);
    cache.remember(read.key, read.verdict);
  });
  return cache;
}

function readLine(line: string) {
  try {
    const { key, verdict } = JSON.parse(line) as { key?: unknown; verdict?: unknown };
    const read = readVerdict(verdict);
    return typeof key === 'string' && read ? { key, verdict: read } : null;
  } catch {
    return null;
  }
}
