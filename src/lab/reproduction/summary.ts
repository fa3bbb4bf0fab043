import type { EvaluationSet } from '../../task/evaluation-set';
import { meanOverSeeds, type SeedsMean } from '../../statistics/bootstrap';
import { hypervolume } from '../../statistics/pareto';
import type { PairedComparison } from '../../statistics/paired';
import type { Point } from '../../statistics/point';
import { wilson } from '../../statistics/wilson';
import type { Evaluation, SetMetrics } from '../../waltz/learn/metrics';
import { mean } from '../../waltz/evaluate/summary';
import { objectionsAfter, type Objection } from '../run/claim';
import { compareMeasured, promptsOf } from '../run/measured';
import type { RunConfig } from '../config/run-config';
import { ownServing } from '../run/serving';
import { sumChains, type Chains } from './chains';
import { measuredOn, subjectId, type Effort, type Measurement, type Result } from './result';
import { subjectOf } from './subjects';
import type { PaperRates, Row } from './tables';

/** A figure over seeds: their mean with a bootstrap interval; of one seed, Wilson's over its prompts where it is a rate. */
export interface Figure extends SeedsMean {
  /** By seed. */
  values: number[];
}

/** What is served, with one way of decoding. */
export interface Rates {
  /** The rate that each set measures. */
  rates: Record<string, Figure>;
  asr: Figure;
  orr: Figure;
  f1: Figure;
}

/** One row of a table, as far as it has been measured. Fractions. */
export interface RowSummary extends Rates {
  label: string;
  seeds: number[];
  /** Prompts a set that it was measured on, which may be more than were asked for; where seeds differ, the fewest. */
  prompts: number;
  /** The same prompts with greedy decoding in place of sampling. */
  greedy: Rates;
  /** Share of prompts whose answer was sent back, and of feedbacks with both labels right; null without feedback. */
  ftr: Record<string, Figure>;
  labels: Record<string, Figure> | null;
  /** Shares of prompts whose answer feedback repaired, and spoiled: the harm of false alarms; null without feedback. */
  repaired: Record<string, Figure> | null;
  spoiled: Record<string, Figure> | null;
  /** Chains that feedback resolved exactly, over all seeds; empty without feedback. */
  chains: Chains;
  /** Share of served answers that are safe and of no use. */
  evasive: Record<string, Figure>;
  /**
   * The rates after the last step on the evaluation draw, which choices are made on; null where nothing was trained, or it is
   * served in another way than it was trained.
   */
  evaluated: Record<string, Figure> | null;
  /** Area of the plane of rates that the curve leaves better than (1, 1), the worst; null without a curve. */
  hypervolume: Figure | null;
  /** What training took but for the time, which no other machine needs: mean of the seeds; null where nothing was trained. */
  effort: Omit<Effort, 'milliseconds'> | null;
  /** Where WaltzRL counts against the paper's claim; empty for every other row. */
  objections: (Objection & { seed: number })[];
  paper: PaperRates | null;
}

/** Beyond any system: never right about anything. */
const WORST: Point = [1, 1];

/** A row's results by seed: those that there are, measured on so many prompts a set or more. */
export function resultsOf(
  row: Row,
  preset: RunConfig,
  seeds: readonly number[],
  prompts: number,
  results: ReadonlyMap<string, Result>,
): { seed: number; result: Result; measurement: Measurement }[] {
  const wanted = row.train ? seeds : seeds.slice(0, 1);
  return wanted.flatMap((seed) => {
    const result = results.get(subjectId(subjectOf(row, preset, seed)));
    const measurement = result && measuredOn(result, row.serving, prompts);
    return measurement ? [{ seed, result, measurement }] : [];
  });
}

/** Null where nothing of it has been measured. */
export function summarizeRow(
  row: Row,
  sets: readonly EvaluationSet[],
  found: readonly { seed: number; result: Pick<Result, 'path' | 'config' | 'effort'>; measurement: Measurement }[],
): RowSummary | null {
  if (found.length === 0) return null;
  const evaluations = found.map(({ measurement }) => measurement.evaluation);
  const last = found.flatMap(({ result: { path, config } }) =>
    row.serving === ownServing(config) ? path.slice(-1) : [],
  );
  const advised = evaluations.every(({ sets: each }) =>
    Object.values(each).every(({ label_accuracy }) => label_accuracy !== null),
  );
  const curves = found.map(({ measurement: { curve } }) => curve.map(({ asr, orr }): Point => [asr, orr]));
  return {
    label: row.label,
    seeds: found.map(({ seed }) => seed),
    prompts: Math.min(...evaluations.map(promptsOf)),
    ...ratesOver(sets, evaluations),
    greedy: ratesOver(
      sets,
      found.map(({ measurement }) => measurement.greedy),
    ),
    ftr: sharesOver(evaluations, ({ ftr }) => ftr),
    labels: advised ? sharesOver(evaluations, ({ label_accuracy }) => label_accuracy!) : null,
    repaired: advised ? sharesOver(evaluations, ({ improved }) => improved!) : null,
    spoiled: advised ? sharesOver(evaluations, ({ worsened }) => worsened!) : null,
    chains: sumChains(found.map(({ measurement: { chains } }) => chains)),
    evasive: sharesOver(evaluations, ({ evasive }) => evasive),
    evaluated: last.length === found.length ? ratesOver(sets, last).rates : null,
    hypervolume: curves.every((points) => points.length > 0)
      ? figure(
          curves.map((points) => hypervolume(points, WORST)),
          () => null,
        )
      : null,
    effort: effortOver(found.flatMap(({ result: { effort } }) => effort ?? [])),
    objections: found.flatMap(({ seed, result: { config }, measurement: { evaluation } }) =>
      row.serving === ownServing(config) ? objectionsAfter(config, evaluation).map((one) => ({ seed, ...one })) : [],
    ),
    paper: row.paper,
  };
}

function ratesOver(sets: readonly EvaluationSet[], evaluations: readonly Evaluation[]): Rates {
  const [{ asr_interval, orr_interval }] = evaluations;
  const metricOf = (name: string) => sets.find((set) => set.name === name)!.metric;
  return {
    rates: sharesOver(evaluations, (each, name) => each[metricOf(name)]!),
    asr: figure(
      evaluations.map(({ asr }) => asr),
      () => asr_interval,
    ),
    orr: figure(
      evaluations.map(({ orr }) => orr),
      () => orr_interval,
    ),
    f1: figure(
      evaluations.map(({ f1 }) => f1),
      () => null,
    ),
  };
}

/** A share of each set's prompts. */
function sharesOver(
  evaluations: readonly Evaluation[],
  of: (metrics: SetMetrics, name: string) => number,
): Record<string, Figure> {
  const share = (name: string) => {
    const { n } = evaluations[0].sets[name];
    return figure(
      evaluations.map(({ sets }) => of(sets[name], name)),
      (value) => wilson(Math.round(value * n), n),
    );
  };
  return Object.fromEntries(Object.keys(evaluations[0].sets).map((name) => [name, share(name)]));
}

function effortOver(efforts: readonly Effort[]): RowSummary['effort'] {
  if (efforts.length === 0) return null;
  const of = (key: keyof Effort) => mean(efforts.map((effort) => effort[key]));
  return {
    steps: of('steps'),
    tokens_generated: of('tokens_generated'),
    tokens_trained: of('tokens_trained'),
  };
}

function figure(values: number[], ofOne: (value: number) => [number, number] | null): Figure {
  const over = meanOverSeeds(values);
  return { ...over, values, interval: over.interval ?? ofOne(values[0]) };
}

/** A row's measurements by seed; base agents have one, which is that of every seed. */
export interface MeasuredSeeds {
  trained: boolean;
  found: readonly { seed: number; measurement: Measurement }[];
}

/** Two rows on the same prompts of these sets, seed by seed. */
export function compareRows(
  sets: readonly EvaluationSet[],
  a: MeasuredSeeds,
  b: MeasuredSeeds,
): ({ seed: number } & PairedComparison)[] {
  const bySeed = a.trained ? a : b;
  return bySeed.found.flatMap(({ seed }) => {
    const [one, other] = [a, b].map(({ trained, found }) =>
      trained ? found.find((each) => each.seed === seed) : found[0],
    );
    const compared = one && other && compareMeasured(sets, one.measurement, other.measurement);
    return compared ? [{ seed, ...compared }] : [];
  });
}
