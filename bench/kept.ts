import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../cli/files';
import type { BenchDocument } from './document';
import { markdown } from './report';

const root = new URL('../', import.meta.url);
/** The page that shows what was kept. */
export const performancePage = fileURLToPath(new URL('docs/performance.md', root));
const [begin, end] = ['<!-- tables: npm run bench -- --keep -->', '<!-- end of tables -->'];

const documentPath = (adapter: string) => fileURLToPath(new URL(`results/bench/${adapter}.json`, root));

/** The document kept of an adapter. Throws where there is none. */
export const kept = (adapter: string): BenchDocument =>
  JSON.parse(readFileSync(documentPath(adapter), 'utf8')) as BenchDocument;

/** The page with this document's tables in the place of those that were there; its headings one level down. */
export function withTables(page: string, document: BenchDocument): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page has no lines "${begin}" and "${end}" for the tables.`);
  const tables = markdown(document).trim().replace(/^#/gm, '##');
  return `${page.slice(0, from + begin.length)}\n\n${tables}\n\n${page.slice(to)}`;
}

/** Keeps a document under its adapter's name and shows it on the page. */
export function keep(document: BenchDocument): void {
  const { architecture, vendor } = document.machine.adapter;
  writeAtomically(documentPath(architecture || vendor || 'adapter'), `${JSON.stringify(document, null, 2)}\n`);
  writeAtomically(performancePage, withTables(readFileSync(performancePage, 'utf8'), document));
}
