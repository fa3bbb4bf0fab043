/** The one place where the page opens a model that answers prompts. */
import { version } from '../../package.json';
import type { Guest } from '../../src/checkpoint/guest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { Gpu } from '../../src/gpu/device';
import { GpuUnavailableError } from '../../src/gpu/errors';
import { ANSWERED_AT_ONCE, loadAnswering } from '../../src/lab/measure/load-answering';
import type { Computed } from '../../src/lab/measure/measurement';
import type { Agent } from '../../src/model/agent';
import { requestAdapter } from '../adapter';
import { OnnxClient } from '../onnx/client';
import { browserTuningMemory } from '../tuning-memory';

/** A model that is ready to answer. */
export interface OpenedAnswering extends Computed {
  agent: Pick<Agent, 'generate'>;
  /** Prompts that it answers side by side. */
  batch: number;
  close(): void;
}

/** Tokens of the longest prompt with its answer, and of the answer. */
export interface AnswerLengths {
  length: number;
  newTokens: number;
}

export type OpenAnswering = (
  guest: Guest,
  lengths: AnswerLengths,
  progress: (done: number, total: number) => void,
) => Promise<OpenedAnswering>;

/**
 * On the engine; in ONNX Runtime where the model has ONNX weights only, or the browser no GPU. Throws what the GPU, the writer and
 * ONNX Runtime throw.
 */
export const openAnswering: OpenAnswering = async (guest, lengths, progress) => {
  const { config, parameters } = guest;
  if (parameters) {
    try {
      return await openOnEngine({ ...guest, parameters }, lengths, progress);
    } catch (error) {
      if (!(error instanceof GpuUnavailableError)) throw error;
    }
  }
  return await openInOnnx(guest, guest.onnx ?? writeOnnx({ config, parameters: parameters! }, { precision: 'f32' }));
};

/** On a device of its own: closing it frees all that the model has on the GPU. */
async function openOnEngine(
  { config, parameters, endTokens: [endToken] }: Guest & { parameters: Float32Array<ArrayBuffer> },
  lengths: AnswerLengths,
  progress: (done: number, total: number) => void,
): Promise<OpenedAnswering> {
  const gpu = await Gpu.open(await requestAdapter());
  try {
    const kernels = { choice: 'plain', recorded: {}, build: version, memory: browserTuningMemory() } as const;
    const { agent, slots } = await loadAnswering(
      gpu,
      { config, parameters },
      { ...lengths, endToken },
      kernels,
      progress,
    );
    return { agent, batch: slots, backend: 'WebGPU', adapter: gpu.adapter.description, close: () => gpu.close() };
  } catch (error) {
    gpu.close();
    throw error;
  }
}

async function openInOnnx({ config, endTokens: [endToken] }: Guest, file: Uint8Array): Promise<OpenedAnswering> {
  const agent = await OnnxClient.open(file, { config, endToken });
  const adapter = agent.running.provider === 'wasm' ? 'WebAssembly' : 'WebGPU';
  return { agent, batch: ANSWERED_AT_ONCE, backend: 'ONNX Runtime', adapter, close: () => agent.close() };
}
