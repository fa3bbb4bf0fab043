import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../cli/files';
import { replaceBetween } from '../scripts/markdown';
import type { BenchDocument } from './document';
import { markdown } from './report';

const root = new URL('../', import.meta.url);
/** The page that shows what was kept. */
export const performancePage = fileURLToPath(new URL('docs/performance.md', root));
const marks = ['<!-- tables: npm run bench -- --keep -->', '<!-- end of tables -->'] as const;

const documentPath = (adapter: string) => fileURLToPath(new URL(`results/bench/${adapter}.json`, root));

/** The document kept of an adapter. Throws where there is none. */
export const kept = (adapter: string): BenchDocument =>
  JSON.parse(readFileSync(documentPath(adapter), 'utf8')) as BenchDocument;

/** The page with this document's tables in the place of those that were there; its headings one level down. */
export function withTables(page: string, document: BenchDocument): string {
  return replaceBetween(page, marks, markdown(document).trim().replace(/^#/gm, '##'));
}

/** Keeps a document under its adapter's name and shows it on the page. */
export function keep(document: BenchDocument): void {
  const { adapter } = document.machine;
  writeAtomically(
    documentPath(adapter?.architecture || adapter?.vendor || 'adapter'),
    `${JSON.stringify(document, null, 2)}\n`,
  );
  writeAtomically(performancePage, withTables(readFileSync(performancePage, 'utf8'), document));
}
