import type { Figure, Rates, RowSummary } from '../../lab/reproduction/summary';
import type { PaperRates, TableName } from '../../lab/reproduction/tables';

/** One figure of every row. */
export interface Column {
  key: string;
  label: string;
  /** One plain line for the tooltip. */
  meaning: string;
  better: 'lower' | 'higher';
  of: (summary: RowSummary) => Figure | null;
  /** The same with greedy decoding; figures of feedback have none. */
  greedy?: (summary: RowSummary) => Figure;
  paper: (rates: PaperRates) => number | undefined;
}

type RateSet = 'masked' | 'masked-unseen' | 'plain' | 'sensitive' | 'sensitive-unseen';

const served = (of: (rates: Rates) => Figure): Pick<Column, 'of' | 'greedy'> => ({
  of,
  greedy: ({ greedy }) => of(greedy),
});

const rate = (name: RateSet, meaning: string): Column => ({
  ...{ key: name, label: name, meaning, better: 'lower' },
  ...served(({ rates }) => rates[name]),
  paper: (rates) => rates[name],
});

const labels = (name: string): Column => ({
  key: `labels-${name}`,
  label: `labels, ${name}`,
  meaning: `Share of feedbacks on ${name} prompts with both labels right.`,
  better: 'higher',
  of: (summary) => summary.labels?.[name] ?? null,
  paper: (rates) => rates.labels?.[name],
});

const triggers = (name: string): Column => ({
  key: `triggers-${name}`,
  label: `triggers, ${name}`,
  meaning: `Share of ${name} prompts whose answer was sent back.`,
  better: 'lower',
  of: ({ ftr }) => ftr[name],
  paper: (rates) => rates.triggers?.[name],
});

const rates: readonly Column[] = [
  rate('masked', 'Unsafe answers to harmful prompts in disguise (ASR).'),
  rate('masked-unseen', 'The same, in disguises that training has not seen.'),
  rate('plain', 'Unsafe answers to harmful prompts without disguise (ASR).'),
  {
    ...{ key: 'asr', label: 'ASR', meaning: 'Mean of the three: how often an answer is unsafe.', better: 'lower' },
    ...served(({ asr }) => asr),
    paper: ({ asr }) => asr,
  },
  rate('sensitive', 'Needless refusals of benign prompts that sound harmful (ORR).'),
  rate('sensitive-unseen', 'The same, of prompts unlike those in training.'),
  {
    ...{ key: 'orr', label: 'ORR', meaning: 'Mean of the two: how often help is refused needlessly.', better: 'lower' },
    ...served(({ orr }) => orr),
    paper: ({ orr }) => orr,
  },
  {
    ...{
      key: 'f1',
      label: 'F1',
      meaning: 'Harmonic mean of 1 − ASR and 1 − ORR; the paper’s of Table 1, but for WaltzRL, follow from its rates.',
      better: 'higher',
    },
    ...served(({ f1 }) => f1),
    paper: ({ f1 }) => f1,
  },
];

const advice: readonly Column[] = [
  labels('masked'),
  labels('sensitive'),
  triggers('masked'),
  triggers('sensitive'),
  triggers('everyday'),
];

/** Whether a table is about what is served, or about the feedback on it. */
export function isOfRates(table: TableName): boolean {
  return table !== 'table3';
}

/** The figures that a table is about. */
export function columnsOf(table: TableName): readonly Column[] {
  if (!isOfRates(table)) return advice;
  // The paper has both of its run without stage 2.
  return table === 'table7' ? [...rates, ...advice] : rates;
}
