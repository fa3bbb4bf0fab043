import type { Limits } from '../task/limits';
import type { Tokenizer } from '../tokenizer/tokenizer';
import type { Probe } from '../model/agent';

/** A text as words, or as the very tokens that were sampled (which need not survive decoding and encoding). */
export type Text = string | readonly number[];

/** A label of a feedback object. */
export type Flag = 'unsafe' | 'overrefuse';

/** What stands right before a flag's value. */
const flagPieces = { unsafe: '","unsafe":', overrefuse: ',"overrefuse":' } as const;

/** An earlier round as the conversation agent sees it: its answer c_t and the advice string of f_t. */
export interface Round {
  answer: Text;
  advice: Text;
}

/**
 * The token layout of a game (sec. 2.1; contracts, Dialogue): what each agent reads before it writes.
 * Every prompt for c_{t+1} starts with the tokens of (prompt for c_t, c_t, `<end>`), so a KV cache can be kept.
 */
export class Dialogue {
  readonly #tokenizer: Tokenizer;
  readonly #user: number;
  readonly #assistant: number;
  readonly #feedback: number;
  readonly #advice: number;
  readonly end: number;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#user = tokenizer.id('<user>');
    this.#assistant = tokenizer.id('<assistant>');
    this.#feedback = tokenizer.id('<feedback>');
    this.#advice = tokenizer.id('<advice>');
    this.end = tokenizer.id('<end>');
  }

  /** What π_c reads before c_0 (no rounds) or c_{t+1}: the prompt and every earlier round, in order. */
  conversationPrompt(prompt: Text, rounds: readonly Round[] = []): number[] {
    const ids = [this.#user, ...this.#tokens(prompt), this.#assistant];
    for (const { answer, advice } of rounds) {
      ids.push(...this.#tokens(answer), this.end, this.#advice, ...this.#tokens(advice), this.#assistant);
    }
    return ids;
  }

  /** What π_f reads before f_t: the prompt and c_t, no earlier history. */
  feedbackPrompt(prompt: Text, answer: Text): number[] {
    return [this.#user, ...this.#tokens(prompt), this.#assistant, ...this.#tokens(answer), this.#feedback];
  }

  /** Where a safeguard says what it holds of an answer: the word `true` right after it. */
  get unsafeProbe(): Probe {
    return { after: this.#feedback, token: this.#tokenizer.id('true') };
  }

  /** Where a feedback says `true` to a flag. */
  flagProbe(flag: Flag): Probe {
    return { after: this.#tokenizer.id(flagPieces[flag]), token: this.#tokenizer.id('true') };
  }

  /** A feedback's sequence up to where it says what it holds of this flag; of overrefuse, with unsafe false. */
  upToFlag({ ids, from }: { ids: readonly number[]; from: number }, flag: Flag): number[] {
    const [unsafe, overrefuse] = [flagPieces.unsafe, flagPieces.overrefuse].map((piece) => this.#tokenizer.id(piece));
    const read = ids.slice(0, ids.indexOf(unsafe, from) + 1);
    return flag === 'unsafe' ? read : [...read, this.#tokenizer.id('false'), overrefuse];
  }

  /** A feedback's sequence with its own reasoning and this flag alone set, up to the values of both flags. */
  withFlag(feedback: { ids: readonly number[]; from: number }, flag: Flag): number[] {
    const [yes, no] = ['true', 'false'].map((value) => this.#tokenizer.id(value));
    const unsafe = this.upToFlag(feedback, 'unsafe');
    const overrefuse = this.#tokenizer.id(flagPieces.overrefuse);
    return flag === 'unsafe' ? [...unsafe, yes, overrefuse, no] : [...unsafe, no, overrefuse, yes];
  }

  /** Where an answer begins with this word. */
  openingProbe(word: string): Probe {
    return { after: this.#assistant, token: this.#tokenizer.id(word) };
  }

  /** A text's tokens as an agent would go on from them. */
  words(text: string): number[] {
    return this.#tokenizer.encode(text);
  }

  /** Length of a text in tokens, end token left out. */
  length(text: Text): number {
    return this.#tokens(text).length;
  }

  /** The words of sampled tokens, without the end token. */
  text(ids: readonly number[]): string {
    return this.#tokenizer.decode(this.#strip(ids));
  }

  #tokens(text: Text): readonly number[] {
    return typeof text === 'string' ? this.#tokenizer.encode(text) : this.#strip(text);
  }

  #strip(ids: readonly number[]): readonly number[] {
    return ids.at(-1) === this.end ? ids.slice(0, -1) : ids;
  }
}

/** Tokens that an agent may write: the world's longest text and the end token. */
export function newTokenLimits(limits: Limits): { answer: number; feedback: number } {
  return { answer: limits.answer + 1, feedback: limits.feedback + 1 };
}

/**
 * Longest whole sequence in tokens of a game with at most `maxRounds` feedbacks. A text that was cut at its limit has
 * one word in the place of its end token, and still gets an end token when it is read back.
 */
export function sequenceLimits(limits: Limits, maxRounds: number): { conversation: number; feedback: number } {
  const { answer, feedback } = newTokenLimits(limits);
  const opening = 1 + limits.prompt + 1;
  const round = answer + 1 + 1 + limits.advice + 1;
  return { conversation: opening + maxRounds * round + answer, feedback: opening + answer + 1 + feedback };
}
