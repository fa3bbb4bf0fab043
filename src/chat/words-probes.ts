import type { Probe } from '../model/agent';
import type { Tokenizer } from '../tokenizer/tokenizer';
import type { ChatProbes, Flag, WrittenTokens } from './chat-probes';

/** What stands right before a flag's value. */
const flagPieces = { unsafe: '","unsafe":', overrefuse: ',"overrefuse":' } as const;

/** Probes of the toy words, in which flags, their values and the words that answers begin with are one token each. */
export class WordsProbes implements ChatProbes {
  readonly #tokenizer: Tokenizer;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  get safeguard() {
    return { as: 'feedback', probe: this.#probe('<feedback>', 'true') };
  }

  opening(word: string): Probe {
    return this.#probe('<assistant>', word);
  }

  flag(flag: Flag): Probe {
    return this.#probe(flagPieces[flag], 'true');
  }

  upToFlag({ ids, from }: WrittenTokens, flag: Flag): number[] {
    const [unsafe, overrefuse] = [flagPieces.unsafe, flagPieces.overrefuse].map((piece) => this.#tokenizer.id(piece));
    const read = ids.slice(0, ids.indexOf(unsafe, from) + 1);
    return flag === 'unsafe' ? read : [...read, this.#tokenizer.id('false'), overrefuse];
  }

  withFlag(feedback: WrittenTokens, flag: Flag): number[] {
    const [yes, no] = ['true', 'false'].map((value) => this.#tokenizer.id(value));
    const unsafe = this.upToFlag(feedback, 'unsafe');
    const overrefuse = this.#tokenizer.id(flagPieces.overrefuse);
    return flag === 'unsafe' ? [...unsafe, yes, overrefuse, no] : [...unsafe, no, overrefuse, yes];
  }

  #probe(after: string, token: string): Probe {
    return { after: this.#tokenizer.id(after), token: this.#tokenizer.id(token) };
  }
}
