import { streamKey, uniformAt } from '../../random/philox';
import { choose, likeliest } from '../../random/sampling';
import type { Awaitable } from '../../chat/chat-format';
import type { DrawPlace, TokenDecoder } from '../../model/agent';

/** A decoder, and how far it reaches. */
export interface Instrument {
  decoder: TokenDecoder;
  /** Most tokens of all that is read and written. */
  length: number;
  /** Ids that are never drawn; none if left out. */
  suppressTokens?: readonly number[];
}

/** A model that speaks: its decoder, and the words that its tokens are. */
export interface Voice extends Instrument {
  /** Ids that end a text. */
  ends: readonly number[];
  /** Most tokens of a text, the end counted. */
  newTokens: number;
  decode(ids: readonly number[]): Awaitable<string>;
}

/** A token as it was drawn, and what else could have come. Probabilities are the model's own, at temperature 1. */
export interface SpokenToken {
  id: number;
  /** What the text gained by it. */
  text: string;
  logprob: number;
  /** The likeliest first; the drawn one is among them if it was one of them. */
  alternatives: { text: string; probability: number }[];
}

/** A dialogue that has outgrown what its model can read. */
export class DialogueTooLongError extends Error {
  override name = 'DialogueTooLongError';
}

const ALTERNATIVES = 6;

/**
 * Continues a context token by token with the draws that `Agent.generate` would make at this place, and returns the new ids;
 * the end token is the last of them where it was reached. Throws `DialogueTooLongError`, or what the decoder throws.
 */
export async function* speak(
  voice: Voice,
  context: readonly number[],
  { temperature, draw }: { temperature: number; draw: Omit<DrawPlace, 'rollouts'> & { rollout: number } },
): AsyncGenerator<SpokenToken, number[], void> {
  const { decoder, ends, newTokens, length } = voice;
  const budget = Math.min(newTokens, length - context.length);
  if (budget < 1) {
    throw new DialogueTooLongError(
      `This is ${context.length} tokens to read, and the model reads ${length} at most. Shorten the prompt, or dance fewer rounds.`,
    );
  }
  const suppressed = new Set(voice.suppressTokens);
  const key = streamKey(draw.seed, draw.stream);
  const ids: number[] = [];
  let text = '';
  while (ids.length < budget) {
    const logits = await decoder.next([...context, ...ids]);
    const u = uniformAt(key, [draw.step, draw.rollout, draw.phase, ids.length]);
    const { token, logprob } = choose(logits, temperature, u, suppressed);
    ids.push(token);
    const ended = ends.includes(token);
    const grown = ended ? text : await voice.decode(ids);
    const alternatives = await Promise.all(
      likeliest(logits, ALTERNATIVES, suppressed).map(async ({ token: id, probability }) => ({
        text: await voice.decode([id]),
        probability,
      })),
    );
    yield { id: token, text: grown.startsWith(text) ? grown.slice(text.length) : grown, logprob, alternatives };
    text = grown;
    if (ended) break;
  }
  return ids;
}
