import { Dialogue, newTokenLimits } from '../../chat/words';
import { parseFeedback } from '../../waltz/game/play';
import type { Environment } from '../models/environment';
import type { Adviser, Answerer, Referee } from './dance';
import type { Instrument, Voice } from './voice';

/** A conversation agent of an environment. */
export function taskAnswerer(environment: Environment, model: Instrument): Answerer {
  const dialogue = new Dialogue(environment.tokenizer);
  const { answer } = newTokenLimits(environment.task.limits);
  return {
    voice: taskVoice(environment, model, answer),
    context: (prompt, rounds) => dialogue.conversationPrompt(prompt, rounds),
  };
}

/** A feedback agent of an environment. */
export function taskAdviser(environment: Environment, model: Instrument): Adviser {
  const dialogue = new Dialogue(environment.tokenizer);
  const { feedback } = newTokenLimits(environment.task.limits);
  return {
    voice: taskVoice(environment, model, feedback),
    context: (prompt, answer) => dialogue.feedbackPrompt(prompt, answer),
  };
}

/** The environment's own law. */
export function taskReferee({ task, tokenizer }: Environment): Referee {
  const dialogue = new Dialogue(tokenizer);
  return {
    read: (text) => task.read(text),
    judge: async (prompt, answer) => (await task.judge.judge([{ prompt, answer }]))[0],
    parseFeedback: (text) => parseFeedback(text, { task, dialogue }),
  };
}

function taskVoice({ tokenizer }: Environment, { decoder, length }: Instrument, newTokens: number): Voice {
  return {
    ...{ decoder, newTokens, length },
    ends: [tokenizer.id('<end>')],
    decode: (ids) => tokenizer.decode(ids),
  };
}
