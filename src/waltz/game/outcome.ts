import type { Feedback } from '../../task/feedback-format';
import type { Verdict } from '../../task/judge';
import type { Outcome } from './rollout';

/**
 * The one outcome of a rollout, for any T_max. The judge says what is good and what is bad: an evasive answer is bad.
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
  const before = verdicts[0].good;
  const after = verdicts[verdicts.length - 1].good;
  if (verdicts.length > 1) {
    if (!before) return after ? 'improved' : 'unmoved';
    return after ? 'false-alarm' : 'spoiled';
  }
  if (!first) return 'unparsed';
  return before ? 'untouched' : 'missed';
}
