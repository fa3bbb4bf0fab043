import type { ChatFormat } from '../../chat/chat-format';
import type { Agent, Completion } from '../../model/agent';
import { Interrupted } from '../run/interruptible';
import { speak, type Instrument, type SpokenToken } from './voice';

export interface Listener {
  /** Hears of every token as it is drawn. */
  hear: (token: SpokenToken) => void;
  stopping: () => boolean;
}

/**
 * An agent that writes token by token, with the draws of `Agent.generate`, one prompt after the other. Throws `Interrupted`
 * before its next token where it is asked to stop, and what `speak` throws.
 */
export function speakingAgent(
  instrument: Instrument,
  format: Pick<ChatFormat, 'ends' | 'decode'>,
  { hear, stopping }: Listener,
): Pick<Agent, 'generate'> {
  const { ends } = format;
  const decode = (ids: readonly number[]) => format.decode(ids);
  return {
    generate: async (prompts, { maxNewTokens: newTokens, temperature, draw: { rollouts, ...draw } }) => {
      const completions: Completion[] = [];
      for (const [i, context] of prompts.entries()) {
        const logprobs: number[] = [];
        const place = { ...draw, rollout: rollouts[i] };
        const speech = speak({ ...instrument, ends, newTokens, decode }, context, { temperature, draw: place });
        for (;;) {
          if (stopping()) throw new Interrupted('Asked to stop.');
          const said = await speech.next();
          if (said.done) {
            completions.push({ ids: [...context, ...said.value], logprobs, probes: [] });
            break;
          }
          logprobs.push(said.value.logprob);
          if (stopping()) throw new Interrupted('Asked to stop.');
          hear(said.value);
        }
      }
      return completions;
    },
  };
}
