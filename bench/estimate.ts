import { sizedConfig, sizes } from '../src/model/sizes';
import type { TrainingResult } from './document';
import { stepFlops } from './flops';
import { vocabulary } from './workloads';

/** A GPU as it stands in a data sheet, and what is assumed of it. None of this was measured. */
export interface ImaginedGpu {
  name: string;
  /** f32 operations a second at most, and the share of them that these kernels would reach. */
  flopsPerSecond: number;
  reached: number;
  /** Seconds that the browser takes to pass a dispatch on, and that the GPU idles between two. */
  dispatch: number;
  gap: number;
}

export const imaginedGpus: readonly ImaginedGpu[] = [
  { name: 'integrated, 2 TFLOP/s', flopsPerSecond: 2e12, reached: 0.25, dispatch: 30e-6, gap: 5e-6 },
  { name: 'discrete, 20 TFLOP/s', flopsPerSecond: 20e12, reached: 0.25, dispatch: 30e-6, gap: 5e-6 },
];

export interface Estimate {
  gpu: string;
  /** Seconds of recording and of computing; whichever is longer decides, since they overlap. */
  host: number;
  device: number;
  tokensPerSecond: number;
}

/** What a contender's dispatches and a step's products would take on an imagined GPU. */
export function estimate({ workload, tokens }: TrainingResult, dispatches: number): Estimate[] {
  const { size, sequences, length } = workload;
  const { products, attention } = stepFlops(sizedConfig(sizes[size], vocabulary, length), sequences, length);
  return imaginedGpus.map(({ name, flopsPerSecond, reached, dispatch, gap }) => {
    const host = dispatches * dispatch;
    const device = (products + attention) / (reached * flopsPerSecond) + dispatches * gap;
    return { gpu: name, host, device, tokensPerSecond: tokens / Math.max(host, device) };
  });
}
