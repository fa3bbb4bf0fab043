import ort from 'onnxruntime-node';
import { CpuBackend, type CpuOptions } from '../../src/cpu/cpu-backend';
import type { CpuModel } from '../../src/cpu/cpu-model';
import type { ModelCapacity, TrainingCapacity } from '../../src/model/capacity';
import type { AgentState } from '../../src/model/state';
import type { TokenRules } from '../../src/model/token-rules';
import type { Runtime } from '../../src/onnx/decoder';

/** The end token of the tests' models. */
export const end = 5;

/** The processor as the tests use it. The number of threads is fixed: it decides the last bits. */
export function openCpu(
  runtime: Runtime = ort,
  more: Partial<Pick<CpuOptions, 'rest' | 'mostBytes'>> = {},
): CpuBackend {
  return new CpuBackend({
    runtime,
    // What the runtime warns of is no news: only errors are printed. Threads that wait take no time from other tests.
    session: { intraOpNumThreads: 2, logSeverityLevel: 3, extra: { session: { intra_op: { allow_spinning: '0' } } } },
    ...{ description: 'processor', build: 'test', mostBytes: 2 ** 30, ...more },
  });
}

export interface RoomOptions {
  rules?: TokenRules;
  /** Sequences side by side, one if left out. */
  slots?: number;
  /** All of a batch if left out. */
  microBatchTokens?: number;
}

/** Models of the tests' shapes, with room for their batches. `end` ends a text unless `rules` are given. */
export async function openStates<Name extends string>(
  backend: CpuBackend,
  states: Record<Name, AgentState>,
  { rules = { endTokens: [end] }, slots, microBatchTokens }: RoomOptions = {},
): Promise<Record<Name, CpuModel>> {
  const training: TrainingCapacity = { tokens: 600, sequences: 40, ...(microBatchTokens && { microBatchTokens }) };
  const generation = slots === undefined ? null : { slots, newTokens: 32 };
  const room: ModelCapacity = { length: 41, training, generation, advice: () => 'Never.' };
  return (await backend.open(states, room, { rules })).models;
}

/** One of them. */
export async function openModel(backend: CpuBackend, state: AgentState, options?: RoomOptions): Promise<CpuModel> {
  return (await openStates(backend, { only: state }, options)).only;
}
