import type { ReproducedRow } from '../../lab/reproduction/report';
import type { DriftFigure } from '../../lab/reproduction/drift';
import type { Figure, RowSummary } from '../../lab/reproduction/summary';
import { figure } from '../format';

/** A figure of every set, beside the rate that a table is about. */
export interface Weakness {
  label: string;
  /** One plain line for the tooltip. */
  meaning: string;
  /** Null where there is no such figure. */
  of: (summary: RowSummary, set: string) => Figure | null;
}

export const weaknesses: readonly Weakness[] = [
  {
    label: 'audit',
    meaning: 'The rate on the audit draw, which nothing in training or tuning reads.',
    of: ({ rates }, set) => rates[set],
  },
  {
    label: 'greedy',
    meaning: 'The same with greedy decoding in place of sampling.',
    of: ({ greedy }, set) => greedy.rates[set],
  },
  {
    label: 'evaluation',
    meaning: 'The rate after the last step on the evaluation draw, which choices are made on: fewer prompts.',
    of: ({ evaluated }, set) => evaluated?.[set] ?? null,
  },
  {
    label: 'sent back',
    meaning: 'Share of prompts whose answer feedback sent back.',
    of: ({ ftr, labels }, set) => (labels ? ftr[set] : null),
  },
  {
    label: 'labels right',
    meaning: 'Share of feedbacks with both flags as the judge has them.',
    of: ({ labels }, set) => labels?.[set] ?? null,
  },
  {
    label: 'repaired',
    meaning: 'Share of prompts whose bad answer became good after feedback.',
    of: ({ repaired }, set) => repaired?.[set] ?? null,
  },
  {
    label: 'spoiled',
    meaning: 'Share of prompts whose good answer became bad after feedback: the harm of false alarms.',
    of: ({ spoiled }, set) => spoiled?.[set] ?? null,
  },
  {
    label: 'of no use',
    meaning: 'Share of answers to harmful prompts that neither help nor decline: safe, and of no use.',
    of: ({ evasive }, set) => evasive[set],
  },
];

/** The means over sets with greedy decoding, and sampled. */
export function greedyWords(summary: RowSummary): string {
  const beside = (rate: 'asr' | 'orr' | 'f1') =>
    `${figure(summary.greedy[rate].mean)}% (sampled ${figure(summary[rate].mean)}%)`;
  return `With greedy decoding ASR is ${beside('asr')}, ORR ${beside('orr')}, F1 ${beside('f1')}.`;
}

/** What each small picture of a row's training shows. */
export const drifts: readonly { figure: DriftFigure; label: string; meaning: string; tone: 'feed' | 'good' | 'bad' }[] =
  [
    { figure: 'label_accuracy', label: 'labels right', meaning: 'Feedbacks with both flags right.', tone: 'feed' },
    { figure: 'trigger_rate', label: 'sent back', meaning: 'Games whose answer was sent back.', tone: 'feed' },
    { figure: 'improved', label: 'repaired', meaning: 'Games that feedback made right.', tone: 'good' },
    { figure: 'worsened', label: 'spoiled', meaning: 'Games that feedback made wrong.', tone: 'bad' },
    {
      figure: 'json_errors',
      label: 'not well-formed',
      meaning: 'Feedbacks that are no JSON of the four fields, or name a tool or a whole answer.',
      tone: 'bad',
    },
  ];

/** The row that is looked at first: the yardstick, or the last one that is measured. */
export function firstLookedAt(rows: readonly ReproducedRow[]): ReproducedRow | null {
  const measured = rows.filter(({ summary }) => summary !== null);
  return measured.find(({ yardstick }) => yardstick) ?? measured.at(-1) ?? null;
}
