import type { RoleName } from '../../waltz/game/roles';
import { writeAgentFiles, writeOnnxAgentFiles } from '../../checkpoint/agent-files';
import type { Files } from '../../checkpoint/folder';
import { writeOnnx } from '../../checkpoint/onnx';
import type { AgentState } from '../../model/state';
import type { KeptRun } from '../run/run-format';
import { modelCard } from './model-card';
import type { Weights } from './snippets';

/** A run has no such agent. */
export class NoSuchAgentError extends Error {
  override name = 'NoSuchAgentError';
}

/** @throws {NoSuchAgentError} */
export function agentOf({ agents, onnx = {} }: KeptRun, agent: RoleName): AgentState {
  if (Object.hasOwn(onnx, agent)) {
    throw new NoSuchAgentError(`The ${agent} agent of this run has ONNX weights alone. Export it as ONNX.`);
  }
  if (!Object.hasOwn(agents, agent)) throw new NoSuchAgentError(`This run has no agent called "${agent}".`);
  return agents[agent];
}

/**
 * An agent of a run as a folder that stock clients load without edits: a Hugging Face folder for transformers, or with ONNX
 * weights in both precisions where transformers.js looks for them. One that ONNX Runtime runs leaves as the file that it is.
 * Throws what `writeOnnx` throws, and `NoSuchAgentError`.
 */
export function modelFiles(run: KeptRun, agent: RoleName, weights: Weights): Files {
  const card = () => ({ 'README.md': new TextEncoder().encode(modelCard(run, agent, weights)) });
  const given = run.onnx?.[agent];
  if (weights === 'onnx' && given) return { ...writeOnnxAgentFiles(agent, given, run.tokenizer), ...card() };
  const state = agentOf(run, agent);
  if (weights === 'safetensors')
    return { ...writeAgentFiles(agent, state, run.tokenizer, { training: false }), ...card() };
  return {
    ...writeOnnxAgentFiles(agent, { ...state, onnx: writeOnnx(state, { precision: 'f32' }) }, run.tokenizer),
    'onnx/model_fp16.onnx': writeOnnx(state, { precision: 'f16' }),
    ...card(),
  };
}
