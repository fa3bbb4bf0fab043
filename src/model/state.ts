import type { LlamaConfig } from './config';

/** Everything that a trainable agent is, as plain memory: what a checkpoint keeps. Arrays have `parameterLayout(config).size` floats. */
export interface AgentState {
  config: LlamaConfig;
  parameters: Float32Array<ArrayBuffer>;
  firstMoment: Float32Array<ArrayBuffer>;
  secondMoment: Float32Array<ArrayBuffer>;
  /** Parameters of the reference policy (the agent at the start of the run, or where it was anchored last). */
  reference: Float32Array<ArrayBuffer>;
  /** AdamW updates made so far. */
  updates: number;
}

/** An agent at the start of a run: no moments, itself the reference. */
export function startingState(config: LlamaConfig, parameters: Float32Array<ArrayBuffer>): AgentState {
  const { length } = parameters;
  const [firstMoment, secondMoment] = [new Float32Array(length), new Float32Array(length)];
  return { config, parameters, firstMoment, secondMoment, reference: parameters.slice(), updates: 0 };
}
