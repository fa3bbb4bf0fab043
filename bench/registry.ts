import type { GenerationContender, Start, TrainingContender } from './contender';
import type { GenerationWorkload, TrainingWorkload } from './workloads';

/** Who takes part. A contender's library is loaded only when it opens. */
export interface Entry<Contender, Workload> {
  name: string;
  /** Why it sits out of a workload, null if it takes part. */
  sitsOut: (workload: Workload) => string | null;
  open: (start: Start, workload: Workload) => Promise<Contender>;
}

const always = () => null;

/** By whose losses and tokens the others are judged: it runs on no GPU, and its gradients are derived by the library. */
const reference = 'jax-js (wasm)';

/** The reference's result, or if it could not take part the first one's. */
export function measureOf<Result extends { name: string }>(results: readonly Result[]): Result {
  const found = results.find(({ name }) => name === reference) ?? results[0];
  if (!found) throw new Error('No contender ran. See what failed above.');
  return found;
}

export const trainers: readonly Entry<TrainingContender, TrainingWorkload>[] = [
  {
    name: 'ours',
    sitsOut: always,
    open: async (start, { sequences, length }) =>
      (await import('./peers/ours')).openTraining(start, { tokens: sequences * length, sequences }),
  },
  {
    name: 'jax-js (webgpu)',
    sitsOut: always,
    open: async (start) => (await import('./peers/jax-training')).openTraining(start, 'webgpu'),
  },
  {
    name: 'TensorFlow.js (webgpu)',
    sitsOut: ({ size }) => (size === '0.1M' ? null : 'too slow for larger models'),
    open: async (start, workload) => (await import('./peers/tensorflow')).openTraining(start, workload),
  },
  {
    name: reference,
    sitsOut: always,
    open: async (start) => (await import('./peers/jax-training')).openTraining(start, 'wasm'),
  },
];

export const generators: readonly Entry<GenerationContender, GenerationWorkload>[] = [
  {
    name: 'ours',
    sitsOut: always,
    open: async (start, workload) => (await import('./peers/ours')).openGeneration(start, workload),
  },
  {
    name: 'jax-js (webgpu)',
    sitsOut: always,
    open: async (start, workload) => (await import('./peers/jax-generation')).openGeneration(start, workload, 'webgpu'),
  },
  {
    name: reference,
    sitsOut: always,
    open: async (start, workload) => (await import('./peers/jax-generation')).openGeneration(start, workload, 'wasm'),
  },
  {
    name: 'ONNX Runtime (webgpu)',
    sitsOut: always,
    open: async (start) => (await import('./peers/onnx-runtime')).openGeneration(start, 'webgpu'),
  },
  {
    name: 'ONNX Runtime (wasm)',
    sitsOut: always,
    open: async (start) => (await import('./peers/onnx-runtime')).openGeneration(start, 'wasm'),
  },
];
