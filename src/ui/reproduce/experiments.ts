import type { KeptResult } from '../../lab/reproduction/report';
import { meanOverSeeds, type SeedsMean } from '../../statistics/bootstrap';
import type { Row } from '../files/csv';

/** Runs that differ in their seeds alone, served in one way: a line of what is kept. Fractions. */
export interface Experiment extends Omit<KeptResult, 'id' | 'seed' | 'measured'>, Omit<Measured, 'asr' | 'orr' | 'f1'> {
  /** Of its results. */
  ids: string[];
  seeds: number[];
  asr: SeedsMean;
  orr: SeedsMean;
  f1: SeedsMean;
}
type Measured = KeptResult['measured'][number];

/** Seeds are one experiment if their config, their way of serving, their prompts, their build and their adapter are. The newest first. */
export function experimentsOf(kept: readonly KeptResult[]): Experiment[] {
  const groups = new Map<string, (Measured & Omit<KeptResult, 'measured'>)[]>();
  for (const { measured, ...result } of kept) {
    for (const one of measured) {
      const key = [result.experiment, one.serving, one.prompts, result.build, result.adapter].join('\n');
      groups.set(key, [...(groups.get(key) ?? []), { ...result, ...one }]);
    }
  }
  return [...groups.values()].map((group) => {
    const { experiment, name, build, adapter, date, serving, prompts } = group[0];
    const over = (rate: 'asr' | 'orr' | 'f1') => meanOverSeeds(group.map((one) => one[rate]));
    return {
      ...{ experiment, name, build, adapter, date, serving, prompts },
      ids: group.map(({ id }) => id),
      seeds: group.map(({ seed }) => seed).toSorted((a, b) => a - b),
      ...{ asr: over('asr'), orr: over('orr'), f1: over('f1') },
    };
  });
}

/** As a table to take home: fractions, unrounded. */
export function experimentRows(experiments: readonly Experiment[]): Row[] {
  return experiments.map(({ name, serving, seeds, prompts, date, build, adapter, ...rates }) => {
    const row: Record<string, string | number | null> = { run: name, serving, seeds: seeds.join(' '), prompts };
    for (const rate of ['asr', 'orr', 'f1'] as const) {
      const { mean, interval } = rates[rate];
      Object.assign(row, {
        [rate]: mean,
        [`${rate} low`]: interval?.[0] ?? null,
        [`${rate} high`]: interval?.[1] ?? null,
      });
    }
    return { ...row, measured: date, build, adapter };
  });
}
