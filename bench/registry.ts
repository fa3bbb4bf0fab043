/** Who takes part in the page. */
import type { Entry, GenerationContender, TrainingContender } from './contender';
import { oursOnCpu, oursOnGpu } from './names';
import { openGeneration, openTraining } from './peers/ours';
import type { GenerationWorkload, TrainingWorkload } from './workloads';

const always = () => null;

/** By whose losses and tokens the others are judged: it runs on no GPU, and its gradients are derived by the library. */
export const reference = 'jax-js (wasm)';

export const trainers: readonly Entry<TrainingContender, TrainingWorkload>[] = [
  {
    name: oursOnGpu,
    sitsOut: always,
    open: async (start, { sequences, length }) =>
      openTraining((await import('./peers/ours-webgpu')).ours, start, { tokens: sequences * length, sequences }),
  },
  {
    name: oursOnCpu,
    sitsOut: always,
    open: async (start, { sequences, length }) =>
      openTraining((await import('./peers/ours-cpu')).ours, start, { tokens: sequences * length, sequences }),
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
    name: oursOnGpu,
    sitsOut: always,
    open: async (start, workload) => openGeneration((await import('./peers/ours-webgpu')).ours, start, workload),
  },
  {
    name: oursOnCpu,
    sitsOut: always,
    open: async (start, workload) => openGeneration((await import('./peers/ours-cpu')).ours, start, workload),
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
    open: async (start) => (await import('./peers/onnx-web')).openGeneration(start, 'webgpu'),
  },
  {
    name: 'ONNX Runtime (wasm)',
    sitsOut: always,
    open: async (start) => (await import('./peers/onnx-web')).openGeneration(start, 'wasm'),
  },
];
