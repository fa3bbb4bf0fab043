import { Dialogue, newTokenLimits } from '../../chat/words';
import { parseFeedback } from '../../waltz/game/play';
import type { OpenHouse } from '../models/environment';
import type { Adviser, Answerer, Referee } from './dance';
import type { Instrument, Voice } from './voice';

/** A conversation agent of a house. */
export function houseAnswerer(house: OpenHouse, model: Instrument): Answerer {
  const dialogue = new Dialogue(house.tokenizer);
  const { answer } = newTokenLimits(house.world.limits);
  return {
    voice: houseVoice(house, model, answer),
    context: (prompt, rounds) => dialogue.conversationPrompt(prompt, rounds),
  };
}

/** A feedback agent of a house. */
export function houseAdviser(house: OpenHouse, model: Instrument): Adviser {
  const dialogue = new Dialogue(house.tokenizer);
  const { feedback } = newTokenLimits(house.world.limits);
  return {
    voice: houseVoice(house, model, feedback),
    context: (prompt, answer) => dialogue.feedbackPrompt(prompt, answer),
  };
}

/** The house's own law. */
export function houseReferee({ world, tokenizer }: OpenHouse): Referee {
  const dialogue = new Dialogue(tokenizer);
  return {
    read: (text) => world.read(text),
    judge: (prompt, answer) => world.judge(prompt, answer),
    parseFeedback: (text) => parseFeedback(text, { world, dialogue }),
  };
}

function houseVoice({ tokenizer }: OpenHouse, { decoder, length }: Instrument, newTokens: number): Voice {
  return {
    ...{ decoder, newTokens, length },
    ends: [tokenizer.id('<end>')],
    decode: (ids) => tokenizer.decode(ids),
  };
}
