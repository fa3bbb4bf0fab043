import { sizedConfig, sizes } from '../src/lm/sizes';
import type { BenchDocument, MatmulRate, TrainingResult } from './document';
import { idealSeconds, stepFlops, type Rates } from './flops';
import { vocabulary } from './workloads';

/** A contender's training step beside a step of nothing but matrix products at the best measured rates. */
export interface Efficiency {
  name: string;
  /** Of the step's matrix products. */
  flops: number;
  flopsPerSecond: number;
  idealSeconds: number;
  /** Ideal time ÷ time: of medians, and of the fastest run against the highest rates. */
  share: number;
  bestShare: number;
}

/** Of those who use the GPU; empty where the products were not measured. */
export function efficiencies({ matmul }: Pick<BenchDocument, 'matmul'>, training: TrainingResult): Efficiency[] {
  const { size, sequences, length } = training.workload;
  const measured = matmul.find((one) => one.size === size && one.tokens === training.tokens);
  if (!measured) return [];
  const config = sizedConfig(sizes[size], vocabulary, length);
  const ideal = (rate: (rates: MatmulRate[], best: MatmulRate) => number) =>
    idealSeconds(
      config,
      sequences,
      length,
      Object.fromEntries(measured.shapes.map(({ name, rates, best }) => [name, rate(rates, best)])) as Rates,
    );
  const typical = ideal((_, best) => best.flopsPerSecond.median);
  const fastest = ideal((rates) =>
    Math.max(
      ...rates.filter(({ error }) => error <= measured.tolerance).map(({ flopsPerSecond }) => flopsPerSecond.max),
    ),
  );
  const { products, attention } = stepFlops(config, sequences, length);
  const flops = products + attention;
  const onGpu = training.contenders.filter(({ counts }) => counts.dispatches > 0);
  return onGpu.map(({ name, seconds }) => ({
    name,
    flops,
    flopsPerSecond: flops / seconds.median,
    idealSeconds: typical,
    share: typical / seconds.median,
    bestShare: fastest / seconds.min,
  }));
}
