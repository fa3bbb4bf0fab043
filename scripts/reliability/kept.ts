import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readIfPresent, writeAtomically } from '../../cli/files';
import { replaceBetween } from '../markdown';
import type { Entry, PartName } from './entries';
import { tables, type Documents } from './report';

const root = new URL('../../', import.meta.url);
/** The page that shows what was kept. */
export const reliabilityPage = fileURLToPath(new URL('docs/reliability.md', root));
const marks = ['<!-- tables: npm run reliability -- PART --keep -->', '<!-- end of tables -->'] as const;
const names = ['browser-training', 'browser-saving', 'cli', 'gpu', 'quota', 'cleared'] as const satisfies PartName[];

const documentPath = (name: PartName) => fileURLToPath(new URL(`results/reliability/${name}.jsonl`, root));

/** What was kept of every part. */
export function kept(): Documents {
  const documents: Documents = {};
  for (const name of names) {
    const bytes = readIfPresent(documentPath(name));
    if (!bytes) continue;
    const lines = new TextDecoder().decode(bytes).trim().split('\n');
    documents[name] = lines.map((line) => JSON.parse(line) as Entry);
  }
  return documents;
}

/** The page with the tables of these documents. */
export function withTables(page: string, documents: Documents): string {
  return replaceBetween(page, marks, tables(documents));
}

/** Keeps what was written down of a part, and shows it on the page. */
export function keep(name: PartName, entries: readonly Entry[]): void {
  writeAtomically(documentPath(name), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  writeAtomically(reliabilityPage, withTables(readFileSync(reliabilityPage, 'utf8'), kept()));
}
