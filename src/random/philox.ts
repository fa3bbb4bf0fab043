/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a counter-based generator.
 * The same function in WGSL (`src/gpu/kernels/philox.wgsl`) samples tokens, so a draw depends only on its key and
 * counter, never on what ran beside it.
 */
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

export type Words4 = readonly [number, number, number, number];

/** High and low 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiply(a: number, b: number): [high: number, low: number] {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = Math.imul(a, b) >>> 0;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  const high = (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
  return [high, low];
}

/** Ten rounds: four uniform 32-bit words for this key and counter. */
export function philox(key: readonly [number, number], counter: Words4): Words4 {
  let [k0, k1] = key;
  let [c0, c1, c2, c3] = counter;
  for (let round = 0; round < 10; round++) {
    const [h0, l0] = multiply(M0, c0);
    const [h1, l1] = multiply(M1, c2);
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Streams never share draws: the name is half of the key. */
export type StreamName =
  'prompts' | 'sampling' | 'trajectory' | 'weights' | 'evaluation' | 'warm-start' | 'bootstrap' | 'teaching';

/** FNV-1a over UTF-16 code units: a 32-bit name for a text, the same on every machine. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Key of a stream: (run seed, hash of the stream's name). */
export function streamKey(seed: number, stream: StreamName): [number, number] {
  return [seed >>> 0, hash32(stream)];
}

/** A word as a uniform float in [0, 1): its upper 24 bits, exactly representable in f32. */
export function unit(word: number): number {
  return (word >>> 8) / 0x1000000;
}

/** The uniform float in [0, 1) of one place of a stream (`streamKey`). */
export function uniformAt(key: readonly [number, number], counter: Words4): number {
  return unit(philox(key, counter)[0]);
}

/**
 * Sequential draws from one place of a stream. Forking is constructing another with a different place, so drawing here
 * never moves any other sequence.
 */
export class Random {
  readonly #key: readonly [number, number];
  readonly #place: readonly [number, number, number];
  #block = 0;
  #words: Words4 = [0, 0, 0, 0];
  #next = 4;

  constructor(seed: number, stream: StreamName, place: readonly [number, number, number] = [0, 0, 0]) {
    this.#key = streamKey(seed, stream);
    this.#place = place;
  }

  /** A uniform 32-bit word. */
  word(): number {
    if (this.#next === 4) {
      this.#words = philox(this.#key, [...this.#place, this.#block++] as unknown as Words4);
      this.#next = 0;
    }
    return this.#words[this.#next++];
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return unit(this.word());
  }

  /** Uniform integer in [0, n). Bias below 2^-24 · n: for choices, not for cryptography. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)];
  }

  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}
