/** What a decoder makes of the problem, every way that it can be asked. */
import type { Agent, Decoder } from '../../src/waltz/agent';
import { choose } from '../../src/random/sampling';
import { BATCH, END, greedy, NEW_TOKENS, promptsOf } from './problem';

export interface Decoded {
  /** After each prompt. */
  logits: number[][];
  /** Greedy continuations: in batches, one by one, and with everything read anew for each token. */
  batched: number[][];
  alone: number[][];
  uncached: number[][];
}

export async function decode(decoder: Decoder & Pick<Agent, 'generate'>, count: number): Promise<Decoded> {
  const prompts = promptsOf(count);
  const decoded: Decoded = { logits: [], batched: [], alone: [], uncached: [] };
  for (const ids of prompts) decoded.logits.push([...(await decoder.next(ids))]);
  for (const [size, made] of [
    [BATCH, decoded.batched],
    [1, decoded.alone],
  ] as const) {
    for (let first = 0; first < count; first += size) {
      const part = prompts.slice(first, first + size);
      const completions = await decoder.generate(part, greedy(part.map((_, i) => first + i)));
      made.push(...completions.map(({ ids }) => ids));
    }
  }
  // Token by token around all sequences: none goes on from the one that was read before.
  decoded.uncached = prompts.map((ids) => [...ids]);
  for (let n = 0; n < NEW_TOKENS; n++) {
    for (const ids of decoded.uncached) {
      if (n > 0 && ids.at(-1) === END) continue;
      ids.push(choose(await decoder.next(ids), 0, 0).token);
    }
  }
  return decoded;
}
