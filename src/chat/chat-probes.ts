import type { Probe } from '../model/agent';

/** A label of a feedback object. */
export type Flag = 'unsafe' | 'overrefuse';

/** Places in texts at which the probability of one token says what a model holds. */
export interface ChatProbes {
  /** The chat role that a safeguard has, and where it says what it holds of an answer: `true` right after it. */
  readonly safeguard: { as: string; probe: Probe };
  /** Where an answer begins with this word. */
  opening(word: string): Probe;
  /** Where a feedback says `true` to a flag. */
  flag(flag: Flag): Probe;
  /** A feedback's sequence up to where it says what it holds of this flag; of overrefuse, with unsafe false. */
  upToFlag(feedback: WrittenTokens, flag: Flag): number[];
  /** A feedback's sequence with its own reasoning and this flag alone set, up to the values of both flags. */
  withFlag(feedback: WrittenTokens, flag: Flag): number[];
}

/** A whole sequence, and where its own text starts. */
export interface WrittenTokens {
  ids: readonly number[];
  from: number;
}

/** A chat in which nobody can be asked how sure it is. */
export class NoProbesError extends Error {
  override name = 'NoProbesError';
}

/** The probes of a format. Throws `NoProbesError` where it has none. */
export function probesOf({ probes }: { probes: ChatProbes | null }): ChatProbes {
  if (probes) return probes;
  throw new NoProbesError('The flags of this chat are not one token each. Measure it without a safeguard or a curve.');
}
