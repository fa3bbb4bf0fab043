import { archiveName } from '../../../src/lab/models/shipped';
import type { ExperimentBackend } from '../../../src/lab/reproduction/run-experiment';
import { preferred, stands, subjectFrom, subjectId, type Result } from '../../../src/lab/reproduction/result';
import { parseResultLines, resultLines } from '../../../src/lab/reproduction/result-lines';
import type { Ports } from '../ports';

type ResultStore = Pick<Ports, 'reproductions'>;

/** Results of a file join those that are kept, and replace none that is better. Throws `ResultLinesError`, and then none does. */
export async function importResults(
  text: string,
  { reproductions }: ResultStore,
  { beginning, build }: Pick<ExperimentBackend, 'beginning' | 'build'>,
): Promise<void> {
  const results = parseResultLines(text);
  const bases = new Map<string, string>();
  for (const { config } of results) bases.set(archiveName(config), (await beginning(config)).base);
  const standing = (one: Result) => stands(one, bases.get(archiveName(one.config))!, build);
  await reproductions.join(
    results.map((result) => [subjectId(subjectFrom(result)), result]),
    (there, comes) => preferred(there, comes, standing),
  );
}

/** Forgets these; answers the lines that bring them back. */
export async function forgetResults(ids: readonly string[], { reproductions }: ResultStore): Promise<string> {
  const kept = await reproductions.all();
  const gone = ids.flatMap((id) => kept.get(id) ?? []);
  await reproductions.forget(ids);
  return resultLines(gone);
}

/** All that are kept. */
export async function exportResults({ reproductions }: ResultStore): Promise<{ name: string; text: string }> {
  const kept = await reproductions.all();
  return { name: 'results.jsonl', text: resultLines([...kept.values()]) };
}
