/** The one place where the command line opens a model that answers prompts. */
import ort from 'onnxruntime-node';
import { version } from '../package.json';
import type { Guest } from '../src/checkpoint/guest';
import { ANSWERED_AT_ONCE, loadAnswering } from '../src/lab/measure/load-answering';
import type { Computed } from '../src/lab/measure/measurement';
import type { Agent } from '../src/model/agent';
import { OnnxDecoder } from '../src/onnx/decoder';
import { Engine, type EngineChoice } from './session';
import { tuningMemory } from './tuning-memory';

export interface OpenedAnswering extends Computed {
  agent: Pick<Agent, 'generate'>;
  /** Prompts that it answers side by side. */
  batch: number;
  close(): Promise<void>;
}

/** On the engine, or in ONNX Runtime where the model has ONNX weights only. Throws what these throw. */
export async function openAnswering(
  { config, parameters, onnx, endTokens: [endToken] }: Guest,
  room: { length: number; newTokens: number },
  choice: EngineChoice,
): Promise<OpenedAnswering> {
  if (!parameters) {
    const agent = await OnnxDecoder.open(ort, onnx!, { config, endToken });
    const close = () => agent.dispose();
    return { agent, batch: ANSWERED_AT_ONCE, backend: 'ONNX Runtime', adapter: 'CPU', close };
  }
  const engine = await Engine.open(choice);
  const close = () => {
    engine.close();
    return Promise.resolve();
  };
  try {
    const kernels = { choice: choice.kernels, recorded: {}, build: version, memory: tuningMemory };
    const { agent, slots } = await loadAnswering(engine.gpu, { config, parameters }, { ...room, endToken }, kernels);
    return { agent, batch: slots, backend: 'WebGPU', adapter: engine.gpu.adapter.description, close };
  } catch (error) {
    await close();
    throw error;
  }
}
