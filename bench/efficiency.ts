import { sizedConfig, sizes } from '../src/model/sizes';
import type { TrainingResult } from './document';
import { idealSeconds, stepFlops } from './flops';
import { vocabulary } from './workloads';

/** A contender's training step beside a step of nothing but matrix products in the best kernels that were measured. */
export interface Efficiency {
  name: string;
  /** Of the step's matrix products. */
  flops: number;
  flopsPerSecond: number;
  idealSeconds: number;
  /** Ideal time ÷ time: of medians, and of the fastest runs. */
  share: number;
  bestShare: number;
}

/** Of those who use the GPU; empty where the products were not measured. */
export function efficiencies({ workload, contenders, productSeconds }: TrainingResult): Efficiency[] {
  if (!productSeconds) return [];
  const { size, sequences, length } = workload;
  const made = stepFlops(sizedConfig(sizes[size], vocabulary, length), sequences, length);
  const flops = made.products + made.attention;
  const [typical, fastest] = [idealSeconds(made, productSeconds.median), idealSeconds(made, productSeconds.min)];
  const onGpu = contenders.filter(({ counts }) => counts.dispatches > 0);
  return onGpu.map(({ name, seconds }) => ({
    name,
    flops,
    flopsPerSecond: flops / seconds.median,
    idealSeconds: typical,
    share: typical / seconds.median,
    bestShare: fastest / seconds.min,
  }));
}
