import { hash32 } from './philox';

/**
 * FNV-1a's low bits are a function of the letters' low bits alone (its lowest is their parity), which would tie buckets
 * to words; murmur3's finaliser spreads all 32 bits first.
 */
function spread(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The eighth, 0 to 7, that a text falls into. Splits are made of eighths: 0–2 stage 1, 3–5 stage 2, 6 evaluation, 7 audit. */
export function eighthOf(text: string): number {
  return spread(hash32(text)) % 8;
}
