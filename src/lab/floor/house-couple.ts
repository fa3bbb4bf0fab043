import type { Decoder } from '../../waltz/agent';
import { Dialogue, newTokenLimits } from '../../waltz/dialogue';
import { parseFeedback } from '../../waltz/play';
import type { OpenHouse } from '../house';
import type { Adviser, Answerer, Referee } from './dance';
import type { Voice } from './voice';

/** A decoder with the words of a house, and as far as its model reads. */
export interface HouseModel {
  decoder: Decoder;
  /** max_position_embeddings. */
  length: number;
}

/** A conversation agent of a house. */
export function houseAnswerer(house: OpenHouse, model: HouseModel): Answerer {
  const dialogue = new Dialogue(house.tokenizer);
  const { answer } = newTokenLimits(house.world.limits);
  return {
    voice: houseVoice(house, model, answer),
    context: (prompt, rounds) => dialogue.conversationPrompt(prompt, rounds),
  };
}

/** A feedback agent of a house. */
export function houseAdviser(house: OpenHouse, model: HouseModel): Adviser {
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

function houseVoice({ tokenizer }: OpenHouse, { decoder, length }: HouseModel, newTokens: number): Voice {
  return {
    ...{ decoder, newTokens, length },
    ends: [tokenizer.id('<end>')],
    decode: (ids) => tokenizer.decode(ids),
  };
}
