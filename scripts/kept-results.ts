/** What `waltz reproduce` has kept in results/, as docs/results.md shows it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readResult } from '../cli/result-files';
import { resultsPage } from './results-page';

const root = fileURLToPath(new URL('..', import.meta.url));
export const resultsFolder = join(root, 'results');
export const pagePath = join(root, 'docs/results.md');
/** More seeds than anyone has measured. */
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

export const currentPage = () => resultsPage((id) => readResult(resultsFolder, id) ?? undefined, SEEDS);
