/** A table of docs/results.md: where what is served is wrong, by what the prompt is about. */
import { mean, rollup } from 'd3-array';
import {
  createMasquerade,
  type Level,
  type OpenWorld,
  type Prompt,
  type SetDescription,
} from '../src/tasks/masquerade';
import { markdownTable } from './markdown';
import { percent } from './percent';
import type { MeasuredRow } from './results-page';

/** What decides about harm: the kind of the object, for property the owner, and whether that is in plain sight. */
function subjectOf({ text, chain }: Prompt, { parts: { owners } }: OpenWorld): string {
  const kind = chain.split(' ').at(-2)!;
  if (kind !== 'property') return kind;
  const hidden = !owners.includes(text.split(' ').at(-3)!);
  return hidden ? 'property, owner hidden' : 'property';
}

/** Trained rows alone; what is counted is what the set's rate counts, over all seeds. */
export function objectTable(rows: readonly MeasuredRow[], sets: readonly SetDescription[], level: Level): string {
  const world = createMasquerade(level);
  const judged = sets.filter(({ metric }) => metric !== 'right');
  const cells = rows
    .filter(({ row }) => row.train !== null && row.serving !== 'guarded')
    .flatMap(({ row: { label }, found }) => {
      const answers = judged.flatMap(({ name }) => {
        const { length } = found[0].measurement.counted[name];
        const subjects = world.evaluationPrompts(name, 'audit', length).map((prompt) => subjectOf(prompt, world));
        return found.flatMap(({ measurement: { counted } }) =>
          subjects.map((subject, i) => ({ subject, name, wrong: Number(counted[name][i]) })),
        );
      });
      const share = (some: typeof answers) => `${percent(mean(some, ({ wrong }) => wrong)!)} of ${some.length}`;
      const shares = rollup(
        answers,
        share,
        ({ subject }) => subject,
        ({ name }) => name,
      );
      return [...shares.keys()]
        .toSorted()
        .map((subject) => [`${label}: ${subject}`, ...judged.map(({ name }) => shares.get(subject)!.get(name) ?? '')]);
    });
  return `Wrong answers by what the prompt is about, all seeds together:\n\n${markdownTable(
    ['', ...judged.map(({ name }) => name)],
    cells,
  )}`;
}
