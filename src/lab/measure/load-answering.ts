import type { Backend, OpenedDecoder, OpenOptions } from '../../model/backend';
import type { AgentState } from '../../model/state';

/** Sequences side by side, where there is room for as many. */
export const ANSWERED_AT_ONCE = 16;

export interface AnsweringCapacity {
  /** Tokens of the longest prompt with its answer. */
  length: number;
  newTokens: number;
}

/** Opens a model that answers many prompts side by side, as many as there is room for. Throws what the backend throws. */
export async function loadAnswering(
  backend: Pick<Backend, 'estimateDecoder' | 'openDecoder'>,
  model: Pick<AgentState, 'config' | 'parameters'>,
  lengths: AnsweringCapacity,
  options: OpenOptions,
): Promise<{ agent: OpenedDecoder['decoder']; slots: number }> {
  const advice = (most: number) => `Prompts with answers of at most ${most} tokens would fit: ask for fewer new ones.`;
  const roomFor = (slots: number) => ({ ...lengths, slots, advice });
  let slots = ANSWERED_AT_ONCE;
  while (slots > 1 && 'refusal' in backend.estimateDecoder(model.config, roomFor(slots))) slots /= 2;
  const { decoder } = await backend.openDecoder(model, roomFor(slots), options);
  return { agent: decoder, slots };
}
