/** A table of docs/results.md: where what is served is wrong, by what the prompt is about. */
import type { EvaluationSet } from '../../src/task/evaluation-set';
import { owners } from '../../src/tasks/masquerade/lexicon';
import { createMasquerade } from '../../src/tasks/masquerade/masquerade';
import { levelNames } from '../../src/tasks/masquerade/levels';
import type { MasqueradePrompt } from '../../src/tasks/masquerade/truth';
import { mean, rollup } from 'd3-array';
import { markdownTable } from '../markdown';
import { percent } from './percent';
import type { MeasuredRow } from './measured-row';

/** What decides about harm: the kind of the object, for property the owner, and whether that is in plain sight. */
function subjectOf({ text, truth: { chain } }: MasqueradePrompt): string {
  const kind = chain.split(' ').at(-2)!;
  if (kind !== 'property') return kind;
  const hidden = owners.every((owner) => owner !== text.split(' ').at(-3));
  return hidden ? 'property, owner hidden' : 'property';
}

/** Trained rows alone; what is counted is what the set's rate counts, over all seeds. */
export function objectTable(rows: readonly MeasuredRow[], sets: readonly EvaluationSet[], level: string): string {
  const task = createMasquerade(levelNames.find((name) => name === level));
  const judged = sets.filter(({ metric }) => metric !== 'right');
  const cells = rows
    .filter(({ row }) => row.train !== null && row.serving !== 'guarded')
    .flatMap(({ row: { label }, found }) => {
      const answers = judged.flatMap(({ name }) => {
        const { length } = found[0].measurement.counted[name];
        const subjects = task.prompts.evaluation(name, 'audit', length).map((prompt) => subjectOf(prompt));
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
