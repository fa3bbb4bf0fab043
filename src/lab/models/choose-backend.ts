import type { Backend } from '../../model/backend';
import type { MemoryEstimates, MemoryNeed } from '../../model/memory';
import type { Trial } from '../../model/variants';
import { timeBackend } from './backend-speed';

/** Which backend is wished for; `auto` is the faster one. */
export const backendWishes = ['auto', 'webgpu', 'cpu'] as const;
export type BackendWish = (typeof backendWishes)[number];

/** Why a backend computes and not the other one: what was wished for, or what came of looking. */
export type BackendReason =
  | { kind: 'wished' }
  /** A GPU is faster than the processor. */
  | { kind: 'hardware' }
  /** WebGPU is not to be had, in its own words. */
  | { kind: 'unavailable'; message: string }
  /** What is asked for has no room there, in its own words. */
  | { kind: 'too small'; message: string }
  /** A processor plays the GPU: both were timed, in milliseconds of a short piece of training. */
  | { kind: 'timed'; webgpu: number; cpu: number };

export interface ChosenBackend {
  backend: Backend;
  reason: BackendReason;
}

export interface BackendOpeners {
  /** Throws where there is none. */
  openWebGpu: () => Promise<Backend>;
  openCpu: () => Promise<Backend>;
  /** What was timed here before. */
  recall: (webgpu: Backend, cpu: Backend) => Promise<readonly Trial[] | null>;
  remember: (webgpu: Backend, cpu: Backend, trials: readonly Trial[]) => Promise<void>;
  /** Memory of what is to be computed, where that is known before. */
  need?: ((backend: MemoryEstimates) => MemoryNeed) | undefined;
}

/** Opens the backend that is wished for. Throws what its opener throws. */
export async function chooseBackend(wish: BackendWish, openers: BackendOpeners): Promise<ChosenBackend> {
  const { openWebGpu, openCpu } = openers;
  if (wish === 'webgpu') return { backend: await openWebGpu(), reason: { kind: 'wished' } };
  if (wish === 'cpu') return { backend: await openCpu(), reason: { kind: 'wished' } };
  let webgpu: Backend;
  try {
    webgpu = await openWebGpu();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { backend: await openCpu(), reason: { kind: 'unavailable', message } };
  }
  const need = openers.need?.(webgpu);
  if (need && 'refusal' in need) {
    webgpu.close();
    return { backend: await openCpu(), reason: { kind: 'too small', message: need.refusal } };
  }
  if (!webgpu.adapter.software) return { backend: webgpu, reason: { kind: 'hardware' } };
  const cpu = await openCpu();
  const times = await timesOf(webgpu, cpu, openers);
  const [backend, left] = times.cpu <= times.webgpu ? [cpu, webgpu] : [webgpu, cpu];
  left.close();
  return { backend, reason: { kind: 'timed', ...times } };
}

async function timesOf(webgpu: Backend, cpu: Backend, { recall, remember }: BackendOpeners) {
  const known = await recall(webgpu, cpu);
  const trials = known ?? [await trialOf('webgpu', webgpu), await trialOf('cpu', cpu)];
  if (!known) await remember(webgpu, cpu, trials);
  const of = (name: string) => trials.find((trial) => trial.name === name)?.milliseconds ?? Infinity;
  return { webgpu: of('webgpu'), cpu: of('cpu') };
}

/** One that fails at its work is the slowest. */
async function trialOf(name: string, backend: Backend): Promise<Trial> {
  const milliseconds = await timeBackend(backend).catch(() => null);
  return { role: 'backend', name, milliseconds, gflops: null };
}
