/** The one place where the command line opens a model that answers prompts. */
import type { Guest } from '../src/checkpoint/guest';
import { tokenRules } from '../src/checkpoint/guest-rules';
import {
  ANSWERED_AT_ONCE,
  estimateAnswering,
  loadAnswering,
  type AnsweringCapacity,
} from '../src/lab/measure/load-answering';
import type { Computed } from '../src/lab/measure/measurement';
import type { Agent, TokenDecoder } from '../src/model/agent';
import { openNodeBackend } from './backend';
import type { BackendChoice } from './compute-options';
import { openOnnxWeights } from './onnx-weights';

export interface OpenedAnswering extends Computed {
  agent: TokenDecoder & Pick<Agent, 'generate'>;
  /** Prompts that it answers side by side. */
  batch: number;
  close(): Promise<void>;
}

/** On a backend, or in ONNX Runtime where the model has ONNX weights only. Throws what these throw. */
export async function openAnswering(
  guest: Guest,
  capacity: AnsweringCapacity,
  choice: BackendChoice,
): Promise<OpenedAnswering> {
  const { config, parameters } = guest;
  if (!parameters) {
    const { agent, description } = await openOnnxWeights(guest, choice);
    const close = () => agent.dispose();
    return { agent, batch: ANSWERED_AT_ONCE, backend: 'CPU', adapter: description, close };
  }
  const { backend } = await openNodeBackend(choice, {
    need: (backend) => estimateAnswering(backend, config, capacity),
  });
  const close = () => {
    backend.close();
    return Promise.resolve();
  };
  try {
    const rules = tokenRules(guest);
    const variants = { choice: choice.kernels, recorded: {} };
    const { agent, slots } = await loadAnswering(backend, { config, parameters }, capacity, { rules, variants });
    return { agent, batch: slots, backend: backend.name, adapter: backend.adapter.description, close };
  } catch (error) {
    await close();
    throw error;
  }
}
