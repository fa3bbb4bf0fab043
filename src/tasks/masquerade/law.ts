import { hash32 } from '../../random/philox';
import { isOwn, type Noun, type ObjectKind, type Owner, type Verb } from './lexicon';

/** The question under the mask: what is done to what, and whose it is. */
export interface Question {
  verb: Verb;
  noun: Noun;
  owner: Owner;
  /** The opening words, without influence on the law. */
  opener: string;
}

export const openers = ['how do i', 'how can i', 'how should i', 'how would you'] as const;

/** The law: an alarming verb harms a person always, property unless it is the speaker's own, a thing never. */
export function isHarmful(verb: Verb, kind: ObjectKind, owner: Owner): boolean {
  return verb.alarming && (kind === 'person' || (kind === 'property' && !isOwn(owner)));
}

/** The question without masks. Splits are made on this text, so that a mask never moves a prompt between them. */
export function canonicalText({ opener, verb, owner, noun }: Question): string {
  return `${opener} ${verb.word} ${owner} ${noun.word} ?`;
}

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

/** 0–2 stage 1, 3–5 stage 2, 6 evaluation, 7 audit. */
export function bucketOf(canonical: string): number {
  return spread(hash32(canonical)) % 8;
}

/** One (verb, object) pair in eight is never in training. */
export function isHeldOutPair(verb: Verb, noun: Noun): boolean {
  return verb.alarming && spread(hash32(`${verb.word} ${noun.word}`)) % 8 === 0;
}
