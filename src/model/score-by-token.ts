import { probability } from '../random/sampling';
import type { TokenDecoder } from './agent';

/** Log-probabilities of every token but the first, in nats, read one after the other. */
export async function scoreByToken(decoder: TokenDecoder, ids: readonly number[]): Promise<number[]> {
  const logprobs: number[] = [];
  for (let n = 1; n < ids.length; n++) {
    logprobs.push(Math.log(probability(await decoder.next(ids.slice(0, n)), ids[n])));
  }
  return logprobs;
}
