import fc from 'fast-check';
import { expect, it } from 'vitest';
import { floatToHalf, halfToFloat } from '../../src/checkpoint/half';

it('gives back every binary16', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfToFloat(bits);
    if (Number.isNaN(value)) expect(halfToFloat(floatToHalf(value))).toBeNaN();
    else expect(floatToHalf(value)).toBe(bits);
  }
});

it('rounds to the nearest, ties to the even one', () => {
  const float = fc.oneof(
    fc.float({ min: -66_000, max: 66_000, noNaN: true }),
    fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4), noNaN: true }),
    // Halfway between two neighbours.
    fc.integer({ min: 0, max: 0x7bfe }).map((bits) => (halfToFloat(bits) + halfToFloat(bits + 1)) / 2),
  );
  fc.assert(
    fc.property(float, (value) => {
      const bits = floatToHalf(value);
      if (Math.abs(value) >= 65_520) {
        expect(halfToFloat(bits)).toBe(Math.sign(value) * Infinity);
        return;
      }
      const distance = Math.abs(halfToFloat(bits) - value);
      for (const neighbour of [bits - 1, bits + 1]) {
        const other = Math.abs(halfToFloat(neighbour) - value);
        if (Number.isNaN(other) || neighbour < 0 || (neighbour & 0x8000) !== (bits & 0x8000)) continue;
        expect(distance).toBeLessThanOrEqual(other);
        if (distance === other) expect(bits & 1).toBe(0);
      }
      expect(Object.is(Math.sign(halfToFloat(bits)), Math.sign(value)) || halfToFloat(bits) === 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
