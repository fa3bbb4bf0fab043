import { writeAtomically } from '../../cli/files';
import { say } from '../../cli/output';
import { currentPages } from './kept';

/** Writes docs/results.md and README's table. */
export async function results(): Promise<void> {
  for (const { path, text } of await currentPages()) {
    writeAtomically(path, text);
    say(`Written: ${path}`);
  }
}
