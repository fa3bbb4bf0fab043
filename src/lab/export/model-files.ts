import { writeAgentFiles } from '../../checkpoint/agent-files';
import type { Files } from '../../checkpoint/folder';
import { writeOnnx } from '../../checkpoint/onnx';
import type { AgentState } from '../../lm/state';
import type { AgentName } from '../../world/world';
import type { KeptRun } from '../run-format';
import { modelCard } from './model-card';
import type { Weights } from './snippets';

/** A run has no such agent. */
export class NoSuchAgentError extends Error {
  override name = 'NoSuchAgentError';
}

/** @throws {NoSuchAgentError} */
export function agentOf({ agents }: KeptRun, agent: AgentName): AgentState {
  if (!Object.hasOwn(agents, agent)) throw new NoSuchAgentError(`This run has no agent called "${agent}".`);
  return agents[agent];
}

/**
 * An agent of a run as a folder that stock clients load without edits: a Hugging Face folder for transformers, or with ONNX
 * weights in both precisions where transformers.js looks for them. Throws what `writeOnnx` throws.
 */
export function modelFiles(run: KeptRun, agent: AgentName, weights: Weights): Files {
  const state = agentOf(run, agent);
  const { 'model.safetensors': safetensors, ...common } = writeAgentFiles(agent, state, run.tokenizer, {
    training: false,
  });
  return {
    ...common,
    'README.md': new TextEncoder().encode(modelCard(run, agent, weights)),
    ...(weights === 'safetensors'
      ? { 'model.safetensors': safetensors }
      : {
          'onnx/model.onnx': writeOnnx(state, { precision: 'f32' }),
          'onnx/model_fp16.onnx': writeOnnx(state, { precision: 'f16' }),
        }),
  };
}
