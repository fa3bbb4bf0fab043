/** A dance as the page shows it, folded from what the worker tells. */
import type { CoupleChoice, CoupleRuntimes } from '../../../workers/protocol/floor';
import type { Beat, DanceEvent } from '../../lab/floor/dance';
import type { SpokenToken } from '../../lab/floor/voice';
import type { Outcome } from '../../waltz/game/rollout';

/** A beat as it comes about. */
export interface ShownBeat extends Omit<Beat, 'tokens'> {
  tokens: readonly SpokenToken[];
  /** Written by the visitor. */
  given: boolean;
  done: boolean;
}

/** One couple's dance. */
export interface ShownDance {
  couple: CoupleChoice;
  beats: readonly ShownBeat[];
  /** Null while it goes on, and where the world does not know. */
  outcome: Outcome | null;
  ended: boolean;
  runtimes: CoupleRuntimes | null;
}

/** A couple that has not danced yet, or goes on from these beats. */
export function beginning(couple: CoupleChoice, beats: readonly ShownBeat[] = []): ShownDance {
  return { couple, beats, outcome: null, ended: false, runtimes: null };
}

/** What becomes of a dance by what is told of it. */
export function afterEvent(dance: ShownDance, event: DanceEvent): ShownDance {
  if (event.kind === 'ended') return { ...dance, outcome: event.outcome, ended: true };
  const at = event.kind === 'token' ? event.at : event.beat.at;
  const before = dance.beats[at] ?? { ...blank, at };
  const beat = event.kind === 'token' ? withToken(before, event.token) : finished(before, event.beat);
  return { ...dance, beats: [...dance.beats.slice(0, at), beat, ...dance.beats.slice(at + 1)] };
}

const blank = { text: '', tokens: [], given: false, done: false, verdict: null, parsed: null } as const;

function withToken(beat: ShownBeat, token: SpokenToken): ShownBeat {
  return { ...beat, tokens: [...beat.tokens, token], text: beat.text + token.text };
}

function finished(before: ShownBeat, { tokens, ...beat }: Beat): ShownBeat {
  if (tokens) return { ...beat, tokens, given: false, done: true };
  // What the agent wrote before the visitor changed something after it keeps its tokens.
  const kept = before.done && before.text === beat.text;
  return kept ? { ...before, ...beat } : { ...beat, tokens: [], given: true, done: true };
}
