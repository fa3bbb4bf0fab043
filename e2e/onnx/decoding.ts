/** What a decoder makes of the problem. */
import { choose } from '../../src/random/sampling';
import type { Agent, TokenDecoder } from '../../src/model/agent';
import { END, greedy, NEW_TOKENS, promptsOf } from './problem';

export interface Decoded {
  /** After each prompt. */
  logits: number[][];
  /** Greedy continuations in batches. */
  batched: number[][];
}

/** The same continuations, one by one, and with everything read anew for each token. */
export interface OtherWays {
  alone: number[][];
  uncached: number[][];
}

type Model = TokenDecoder & Pick<Agent, 'generate'>;

async function continued(model: Model, count: number, batch: number): Promise<number[][]> {
  const made: number[][] = [];
  for (let first = 0; first < count; first += batch) {
    const part = promptsOf(count).slice(first, first + batch);
    const completions = await model.generate(part, greedy(part.map((_, i) => first + i)));
    made.push(...completions.map(({ ids }) => ids));
  }
  return made;
}

export async function decode(model: Model, count: number): Promise<Decoded> {
  const logits: number[][] = [];
  for (const ids of promptsOf(count)) logits.push([...(await model.next(ids))]);
  return { logits, batched: await continued(model, count, 8) };
}

export async function decodeOtherwise(model: Model, count: number): Promise<OtherWays> {
  // Token by token around all sequences: none goes on from the one that was read before.
  const uncached = promptsOf(count);
  for (let n = 0; n < NEW_TOKENS; n++) {
    for (const ids of uncached) {
      if (n > 0 && ids.at(-1) === END) continue;
      ids.push(choose(await model.next(ids), 0, 0).token);
    }
  }
  return { alone: await continued(model, count, 1), uncached };
}
