/** Values of a GGUF header by their keys, each of the type that it has to be; what is needed and missing refuses the file. */
import type { Refusal } from './error';
import type { Header, Numbers, Value } from './header';

export class Metadata {
  readonly #values: Header['metadata'];
  readonly #refusal: Refusal;

  constructor(values: Header['metadata'], refusal: Refusal) {
    this.#values = values;
    this.#refusal = refusal;
  }

  /** Undefined where there is none, as in all of these. */
  text(key: string): string | undefined {
    return this.#get(key, 'a text', (value) => typeof value === 'string');
  }

  number(key: string): number | undefined {
    return this.#get(key, 'a number', (value) => typeof value === 'number');
  }

  flag(key: string): boolean | undefined {
    return this.#get(key, 'true or false', (value) => typeof value === 'boolean');
  }

  texts(key: string): readonly string[] | undefined {
    return this.#get(key, 'a list of texts', (value): value is readonly string[] => Array.isArray(value));
  }

  numbers(key: string): Numbers | undefined {
    return this.#get(key, 'a list of numbers', (value): value is Numbers => ArrayBuffer.isView(value));
  }

  needText(key: string): string {
    return this.text(key) ?? this.#missing(key);
  }

  needNumber(key: string): number {
    return this.number(key) ?? this.#missing(key);
  }

  needTexts(key: string): readonly string[] {
    return this.texts(key) ?? this.#missing(key);
  }

  #missing(key: string): never {
    return this.#refusal.damaged(`its header has no "${key}"`);
  }

  #get<T extends Value>(key: string, kind: string, is: (value: Value) => value is T): T | undefined {
    const value = this.#values.get(key);
    return value === undefined || is(value) ? value : this.#refusal.damaged(`"${key}" in its header is not ${kind}`);
  }
}
