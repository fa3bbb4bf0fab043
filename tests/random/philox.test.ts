import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32, philox, Random, streamKey, unit, type Words4 } from '../../src/random/philox';

/** Known-answer vectors of philox4x32-10 from Random123's kat_vectors. */
const knownAnswers: { counter: Words4; key: [number, number]; words: Words4 }[] = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

const word = fc.nat(0xffffffff);

/** The paper's definition in exact integers. */
function reference(key: [number, number], counter: Words4): bigint[] {
  const mask = 0xffffffffn;
  let [k0, k1] = key.map(BigInt);
  let [c0, c1, c2, c3] = counter.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3];
}

describe('philox', () => {
  it.each(knownAnswers)('gives the known answer for key $key', ({ counter, key, words }) => {
    expect(philox(key, counter)).toEqual(words);
  });

  it('equals the definition in exact integers', () => {
    fc.assert(
      fc.property(fc.tuple(word, word), fc.tuple(word, word, word, word), (key, counter) => {
        expect(philox(key, counter).map(BigInt)).toEqual(reference(key, counter));
      }),
    );
  });
});

describe('streams', () => {
  it('keeps the seed and names the stream by FNV-1a', () => {
    expect(hash32('')).toBe(0x811c9dc5);
    expect(hash32('a')).toBe(0xe40c292c);
    expect(hash32('foobar')).toBe(0xbf9cf968);
    expect(streamKey(7, 'prompts')).toEqual([7, hash32('prompts')]);
  });

  it('never shares a key between streams', () => {
    const names = ['prompts', 'sampling', 'trajectory', 'weights', 'evaluation', 'warm-start', 'bootstrap'] as const;
    expect(new Set(names.map((name) => streamKey(1, name)[1])).size).toBe(names.length);
  });
});

describe('Random', () => {
  const place = fc.tuple(word, word, word);

  it('is a function of seed, stream and place, whatever else was drawn', () => {
    fc.assert(
      fc.property(word, place, fc.nat(20), (seed, at, others) => {
        const first = new Random(seed, 'prompts', at);
        const other = new Random(seed, 'sampling', at);
        const second = new Random(seed, 'prompts', at);
        for (let i = 0; i < 9; i++) {
          for (let j = 0; j < others; j++) other.word();
          expect(second.word()).toBe(first.word());
        }
      }),
    );
  });

  it('reads the words of consecutive blocks', () => {
    const random = new Random(3, 'weights', [1, 2, 3]);
    const words = Array.from({ length: 8 }, () => random.word());
    const key = streamKey(3, 'weights');
    expect(words).toEqual([...philox(key, [1, 2, 3, 0]), ...philox(key, [1, 2, 3, 1])]);
  });

  it('draws uniforms that f32 holds exactly, in [0, 1)', () => {
    fc.assert(
      fc.property(word, (w) => {
        const u = unit(w);
        expect(u).toBeGreaterThanOrEqual(0);
        expect(u).toBeLessThan(1);
        expect(Math.fround(u)).toBe(u);
      }),
    );
  });

  it('has a uniform mean and variance', () => {
    const random = new Random(11, 'evaluation');
    const n = 20_000;
    const draws = Array.from({ length: n }, () => random.uniform());
    const mean = draws.reduce((sum, u) => sum + u, 0) / n;
    const variance = draws.reduce((sum, u) => sum + (u - mean) ** 2, 0) / n;
    // Five standard errors.
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
  });

  it('picks every integer about equally often', () => {
    const random = new Random(5, 'trajectory');
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 7000; i++) counts[random.integer(7)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // Six degrees of freedom, p = 1e-6.
    expect(chiSquare).toBeLessThan(38.3);
  });

  it('shuffles into a permutation and leaves its input alone', () => {
    fc.assert(
      fc.property(word, fc.array(fc.integer()), (seed, items) => {
        const before = [...items];
        const shuffled = new Random(seed, 'prompts').shuffle(items);
        expect(items).toEqual(before);
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
      }),
    );
  });
});
