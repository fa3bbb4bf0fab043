import { writeAtomically } from '../cli/files';
import { say } from '../cli/output';
import { currentPage, pagePath } from './kept-results';

/** Writes docs/results.md. */
export function results(): number {
  writeAtomically(pagePath, currentPage());
  say('Written: docs/results.md');
  return 0;
}
