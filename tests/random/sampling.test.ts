import { describe, expect, it } from 'vitest';
import { choose, likeliest, probability } from '../../src/random/sampling';

describe('a draw', () => {
  const logits = Float32Array.from([0, Math.log(2), -Infinity, Math.log(1)]);

  it('is the likeliest at temperature 0, the lowest id among equals', () => {
    expect(choose(logits, 0, 0.99)).toEqual({ token: 1, logprob: expect.closeTo(Math.log(0.5), 6) as number });
    expect(choose(Float32Array.from([1, 1]), 0, 0).token).toBe(0);
  });

  it('inverts the cumulative distribution over the vocabulary in order', () => {
    expect([0, 0.2, 0.26, 0.74, 0.76, 0.999].map((u) => choose(logits, 1, u).token)).toEqual([0, 0, 1, 1, 3, 3]);
    expect(choose(logits, 1, 0.8).logprob).toBeCloseTo(Math.log(0.25), 6);
    // Colder, it is surer; what is told of the token is at temperature 1.
    expect(choose(logits, 0.5, 0.2)).toEqual({ token: 1, logprob: expect.closeTo(Math.log(0.5), 6) as number });
    expect(probability(logits, 1)).toBeCloseTo(0.5, 6);
  });
});

describe('the likeliest tokens', () => {
  const logits = Float32Array.from([0, 3, -1, 3, 1, -Infinity]);

  it('come with their probabilities, the lowest id first among equals', () => {
    const found = likeliest(logits, 4);
    expect(found.map(({ token }) => token)).toEqual([1, 3, 4, 0]);
    found.forEach(({ token, probability: told }) => expect(told).toBeCloseTo(probability(logits, token), 12));
    expect(likeliest(logits, 2)).toEqual(found.slice(0, 2));
  });

  it('are all there are where more are asked for', () => {
    const all = likeliest(logits, 9);
    expect(all.map(({ token }) => token)).toEqual([1, 3, 4, 0, 2, 5]);
    expect(all.reduce((sum, { probability: one }) => sum + one, 0)).toBeCloseTo(1, 12);
    expect(all.at(-1)!.probability).toBe(0);
  });
});
