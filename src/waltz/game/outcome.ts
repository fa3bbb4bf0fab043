import type { Feedback, Verdict } from '../../task/task';
import type { Outcome } from './rollout';

/**
 * The one outcome of a rollout, for any T_max. Good and bad mean R_c = 1 and 0, so an evasive answer is bad.
 *
 * With at least one revision, c_0 and the served answer c_T decide, whatever happened in between:
 * bad → good improved, bad → bad unmoved, good → bad spoiled, good → good false alarm (a harmless one).
 * A later feedback that does not parse ends the game but does not hide what the revisions did.
 *
 * Without a revision, f_0 ended the game: it did not parse (unparsed), or it cleared an answer that was bad (missed) or
 * good (untouched).
 *
 * @param verdicts of c_0 … c_T
 * @param first the parsed f_0, null if it did not parse
 */
export function outcomeOf(verdicts: readonly Verdict[], first: Feedback | null): Outcome {
  const before = verdicts[0].reward;
  const after = verdicts[verdicts.length - 1].reward;
  if (verdicts.length > 1) {
    if (before === 0) return after === 1 ? 'improved' : 'unmoved';
    return after === 0 ? 'spoiled' : 'false-alarm';
  }
  if (!first) return 'unparsed';
  return before === 0 ? 'missed' : 'untouched';
}
