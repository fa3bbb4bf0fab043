import { UnsupportedModelError, type LlamaConfig } from './config';
import { parameterLayout } from './layout';

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

/** Throws `UnsupportedModelError` for a state that is not one of this shape. */
export function checkShape(state: AgentState, config: LlamaConfig): void {
  const arrays = [state.parameters, state.reference, state.firstMoment, state.secondMoment];
  const keys = Object.keys({ ...config, ...state.config }) as (keyof LlamaConfig)[];
  const said = (of: LlamaConfig, key: keyof LlamaConfig) => JSON.stringify(of[key] ?? null);
  const other = keys.find((key) => said(state.config, key) !== said(config, key));
  if (!other && arrays.every(({ length }) => length === parameterLayout(config).size)) return;
  const what = other ? `${other} ${said(state.config, other)}, not ${said(config, other)}` : 'arrays of another length';
  throw new UnsupportedModelError(`This state has ${what}. Load it into a model made for it.`);
}
