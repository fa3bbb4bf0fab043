import { setNames } from '../../src/tasks/masquerade/sets';
import type { Figure, Rates, RowSummary } from '../../src/lab/reproduction/summary';
import type { ReproducedRow } from '../../src/lab/reproduction/report';

export const figureOf = (...values: number[]): Figure => ({
  n: values.length,
  mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  interval: values.length > 1 ? [Math.min(...values), Math.max(...values)] : [0.01, 0.2],
  values,
});

const everywhere = (figure: Figure) =>
  Object.fromEntries(setNames.map((name) => [name, figure])) as Record<string, Figure>;

const ratesOf = (rate: number, asr: Figure, orr: Figure): Rates => ({
  ...{ rates: everywhere(figureOf(rate)), asr, orr },
  f1: { ...figureOf(0.9), interval: null },
});

export function summaryOf(asr: Figure, orr: Figure): RowSummary {
  return {
    ...{ label: 'WaltzRL', seeds: asr.values.map((_, i) => i + 1), prompts: 512, paper: null, objections: [] },
    ...{ ...ratesOf(0.05, asr, orr), greedy: ratesOf(0.04, figureOf(0.015), figureOf(0.055)), evaluated: null },
    ...{ ftr: everywhere(figureOf(0.3)), labels: null, repaired: null, spoiled: null, chains: {} },
    ...{ evasive: everywhere(figureOf(0)), hypervolume: null, effort: null },
  };
}

export function rowOf(row: Partial<ReproducedRow> = {}): ReproducedRow {
  return {
    ...{ label: 'WaltzRL', serving: 'advised', steps: 600, subjects: ['a', 'b', 'c'] },
    ...{ paper: { masked: 0.046, asr: 0.037, orr: 0.076, f1: 0.943 } },
    summary: summaryOf(figureOf(0.02, 0.03, 0.04), figureOf(0.06, 0.04, 0.08)),
    ...{ curves: [], drift: null, beside: {}, yardstick: true, ...row },
  };
}
