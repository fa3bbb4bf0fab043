/** The one place where the page opens a model that answers prompts. */
import type { Guest } from '../../src/checkpoint/guest';
import { tokenRules } from '../../src/checkpoint/guest-rules';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { GpuUnavailableError } from '../../src/gpu/errors';
import {
  ANSWERED_AT_ONCE,
  estimateAnswering,
  loadAnswering,
  type AnsweringCapacity,
} from '../../src/lab/measure/load-answering';
import type { Computed } from '../../src/lab/measure/measurement';
import type { Agent, TokenDecoder } from '../../src/model/agent';
import { openBackend } from '../backend';
import { OnnxClient } from '../onnx/client';

/** A model that is ready to answer. */
export interface OpenedAnswering extends Computed {
  agent: TokenDecoder & Pick<Agent, 'generate'>;
  /** Prompts that it answers side by side. */
  batch: number;
  close(): void;
}

export type OpenAnswering = (
  guest: Guest,
  lengths: AnsweringCapacity,
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

async function openOnEngine(
  guest: Guest & { parameters: Float32Array<ArrayBuffer> },
  lengths: AnsweringCapacity,
  progress: (done: number, total: number) => void,
): Promise<OpenedAnswering> {
  const backend = await openBackend((one) => estimateAnswering(one, guest.config, lengths));
  try {
    const { agent, slots } = await loadAnswering(backend, guest, lengths, { rules: tokenRules(guest), progress });
    const { name, adapter } = backend;
    return { agent, batch: slots, backend: name, adapter: adapter.description, close: () => backend.close() };
  } catch (error) {
    backend.close();
    throw error;
  }
}

async function openInOnnx(guest: Guest, file: Uint8Array): Promise<OpenedAnswering> {
  const agent = await OnnxClient.open(file, { config: guest.config, rules: tokenRules(guest) });
  const adapter = agent.running.provider === 'wasm' ? 'WebAssembly' : 'WebGPU';
  return { agent, batch: ANSWERED_AT_ONCE, backend: 'ONNX Runtime', adapter, close: () => agent.close() };
}
