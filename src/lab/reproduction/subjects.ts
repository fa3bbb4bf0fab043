import { parseConfig } from '../config/schema';
import type { RunConfig } from '../config/run-config';
import { subjectId, type Subject } from './result';
import type { Serving } from '../run/serving';
import { tables, type Row, type TableName } from './tables';

/** What a row's figures are of, with one seed. Base agents are the same for every seed. */
export function subjectOf(row: Pick<Row, 'train' | 'serving'>, preset: RunConfig, seed: number): Subject {
  const config = parseConfig({ ...(row.train ?? ((same: RunConfig) => same))(preset), seed });
  return { config, trained: row.train !== null, servings: [row.serving] };
}

/**
 * Everything that these tables need, each once: first the base agents, then seed by seed, so that a queue that is broken
 * off leaves whole tables of fewer seeds.
 */
export function subjectsOf(names: readonly TableName[], preset: RunConfig, seeds: readonly number[]): Subject[] {
  const found = new Map<string, Subject & { servings: Serving[] }>();
  const rows = names.flatMap((name): readonly Row[] => tables[name].rows);
  for (const seed of seeds) {
    for (const row of rows) {
      const subject = subjectOf(row, preset, seed);
      const id = subjectId(subject);
      const known = found.get(id) ?? { ...subject, servings: [] };
      if (!known.servings.includes(row.serving)) known.servings.push(row.serving);
      found.set(id, known);
    }
  }
  return [...found.values()].sort((a, b) => Number(a.trained) - Number(b.trained));
}
