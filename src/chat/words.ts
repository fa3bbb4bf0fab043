import type { Tokenizer } from '../tokenizer/tokenizer';
import type { ChatFormat, Message, Text } from './chat-format';
import { WordsProbes } from './words-probes';

/**
 * The chat of the toy words, a role's token before each message (sec. 2.1 of the paper): `<user>` p `<assistant>` c_0 `<end>`
 * `<advice>` … `<assistant>`. The writer's own earlier messages end as it ended them; nobody else's do. Exported agents
 * have the same rule as a chat template (`words-template.ts`).
 */
export class WordsFormat implements ChatFormat {
  readonly #tokenizer: Tokenizer;
  readonly #end: number;
  readonly ends: readonly number[];
  readonly probes: WordsProbes;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#end = tokenizer.id('<end>');
    this.ends = [this.#end];
    this.probes = new WordsProbes(tokenizer);
  }

  /** Throws `UnknownWordError` for a role or a word that the vocabulary lacks. */
  context(messages: readonly Message[], as: string): number[] {
    const ids = messages.flatMap(({ role, content }) => {
      const said = [this.#roleToken(role), ...this.#tokens(content)];
      return role === as ? [...said, this.#end] : said;
    });
    return [...ids, this.#roleToken(as)];
  }

  encode(text: string): number[] {
    return this.#tokenizer.encode(text);
  }

  text(ids: readonly number[]): string {
    return this.#tokenizer.decode(this.#strip(ids));
  }

  decode(ids: readonly number[]): string {
    return this.#tokenizer.decode(ids);
  }

  length(text: Text): number {
    return this.#tokens(text).length;
  }

  #roleToken(role: string): number {
    return this.#tokenizer.id(`<${role}>`);
  }

  #tokens(text: Text): readonly number[] {
    return typeof text === 'string' ? this.#tokenizer.encode(text) : this.#strip(text);
  }

  #strip(ids: readonly number[]): readonly number[] {
    return ids.at(-1) === this.#end ? ids.slice(0, -1) : ids;
  }
}
