import type { Backend, OpenedDecoder, OpenOptions } from '../../model/backend';
import type { LlamaConfig } from '../../model/config';
import type { MemoryNeed } from '../../model/memory';
import type { AgentState } from '../../model/state';

/** Sequences side by side, where there is room for as many. */
export const ANSWERED_AT_ONCE = 16;

export interface AnsweringCapacity {
  /** Tokens of the longest prompt with its answer. */
  length: number;
  newTokens: number;
  /** Sequences side by side at most. */
  atOnce?: number;
}

const room = (lengths: AnsweringCapacity, slots: number) => ({
  ...{ ...lengths, slots },
  advice: (most: number) => `Prompts with answers of at most ${most} tokens would fit: ask for fewer new ones.`,
});

/** What a model takes that answers one prompt at a time. */
export function estimateAnswering(
  backend: Pick<Backend, 'estimateDecoder'>,
  config: LlamaConfig,
  lengths: AnsweringCapacity,
): MemoryNeed {
  return backend.estimateDecoder(config, room(lengths, 1));
}

/** Opens a model that answers many prompts side by side, as many as there is room for. Throws what the backend throws. */
export async function loadAnswering(
  backend: Pick<Backend, 'estimateDecoder' | 'openDecoder'>,
  model: Pick<AgentState, 'config' | 'parameters'>,
  { atOnce = ANSWERED_AT_ONCE, ...lengths }: AnsweringCapacity,
  options: OpenOptions,
): Promise<{ agent: OpenedDecoder['decoder']; slots: number }> {
  let slots = atOnce;
  while (slots > 1 && 'refusal' in backend.estimateDecoder(model.config, room(lengths, slots))) slots /= 2;
  const { decoder } = await backend.openDecoder(model, room(lengths, slots), options);
  return { agent: decoder, slots };
}
