import { UnsupportedModelError, type LlamaConfig } from './config';
import type { LoraConfig } from './lora';
import { trainedSize, type ModelShape } from './shapes';

/** Everything that a trainable agent is, as plain memory: what a checkpoint keeps. Arrays have `trainedSize` floats (`shapes.ts`), in `parameterLayout` or in `loraLayout`. */
export interface AgentState {
  config: LlamaConfig;
  /** Of adapters, which stand on a frozen base that is not in here; null or left out where all parameters are trained. */
  lora?: LoraConfig | null;
  parameters: Float32Array<ArrayBuffer>;
  firstMoment: Float32Array<ArrayBuffer>;
  secondMoment: Float32Array<ArrayBuffer>;
  /** Parameters of the reference policy (the agent at the start of the run, or where it was anchored last). */
  reference: Float32Array<ArrayBuffer>;
  /** AdamW updates made so far. */
  updates: number;
}

/** What its memory hangs on. */
export function shapeOf({ config, lora }: Pick<AgentState, 'config' | 'lora'>): ModelShape {
  return lora ? { ...config, lora } : config;
}

/** An agent at the start of a run: no moments, itself the reference. */
export function startingState(
  config: LlamaConfig,
  parameters: Float32Array<ArrayBuffer>,
  lora: LoraConfig | null = null,
): AgentState {
  const { length } = parameters;
  const [firstMoment, secondMoment] = [new Float32Array(length), new Float32Array(length)];
  const state = { config, parameters, firstMoment, secondMoment, reference: parameters.slice(), updates: 0 };
  return lora ? { ...state, lora } : state;
}

/** Throws `UnsupportedModelError` for a state that is not one of this shape, with the same adapters. */
export function checkShape(state: AgentState, config: LlamaConfig, lora: LoraConfig | null = null): void {
  const arrays = [state.parameters, state.reference, state.firstMoment, state.secondMoment];
  const keys = Object.keys({ ...config, ...state.config }) as (keyof LlamaConfig)[];
  const said = (of: LlamaConfig, key: keyof LlamaConfig) => JSON.stringify(of[key] ?? null);
  const other = keys.find((key) => said(state.config, key) !== said(config, key));
  const isAdapted = JSON.stringify(state.lora ?? null) === JSON.stringify(lora);
  if (!other && isAdapted && arrays.every(({ length }) => length === trainedSize({ ...config, lora }))) return;
  const what = !isAdapted
    ? 'other adapters'
    : other
      ? `${other} ${said(state.config, other)}, not ${said(config, other)}`
      : 'arrays of another length';
  throw new UnsupportedModelError(`This state has ${what}. Load it into a model made for it.`);
}
