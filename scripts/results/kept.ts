/** What `waltz reproduce` has kept in results/tables, as docs/results.md and README.md show it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStanding } from '../../cli/result-files';
import { presets } from '../../src/lab/config';
import type { Result } from '../../src/lab/reproduction/result';
import { subjectsOf } from '../../src/lab/reproduction/subjects';
import { tableNames } from '../../src/lab/reproduction/tables';
import { replaceBetween } from '../markdown';
import { resultsPage, summaryTable } from './page';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pagePath = join(root, 'docs/results.md');
const readmePath = join(root, 'README.md');
const marks = ['<!-- table: npm run results -->', '<!-- end of table -->'] as const;
/** More seeds than anyone has measured. */
const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

/** By id: the results of the agents that are shipped now, by this version of the program. */
export async function keptResults(): Promise<Map<string, Result>> {
  const subjects = Object.values(presets).flatMap((preset) => subjectsOf(tableNames, preset, seeds));
  return await readStanding(join(root, 'results/tables'), subjects);
}

/** The pages that show them, as they should be. */
export async function currentPages(): Promise<{ path: string; text: string }[]> {
  const results = await keptResults();
  const readme = replaceBetween(readFileSync(readmePath, 'utf8'), marks, summaryTable(results, seeds));
  return [
    { path: pagePath, text: resultsPage(results, seeds) },
    { path: readmePath, text: readme },
  ];
}
