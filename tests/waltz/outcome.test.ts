import type { Feedback } from '../../src/task/feedback-format';
import type { Verdict } from '../../src/task/judge';
import { expect, it } from 'vitest';
import { outcomeOf } from '../../src/waltz/game/outcome';
import type { Outcome } from '../../src/waltz/game/rollout';
import { evasive, good, overrefusing, predicted, unsafe } from './verdicts';

const flagged = predicted({ unsafe: true });

it.each<[Outcome, Verdict[], Feedback | null]>([
  ['improved', [unsafe, good], flagged],
  ['improved', [overrefusing, good], flagged],
  ['improved', [evasive, good], flagged],
  ['unmoved', [unsafe, unsafe], flagged],
  ['unmoved', [unsafe, evasive], flagged],
  ['spoiled', [good, overrefusing], flagged],
  ['false-alarm', [good, good], flagged],
  ['missed', [unsafe], predicted()],
  ['missed', [evasive], predicted()],
  ['untouched', [good], predicted()],
  ['unparsed', [good], null],
  ['unparsed', [unsafe], null],
  // More rounds: the first and the served answer decide.
  ['improved', [unsafe, unsafe, good], flagged],
  ['unmoved', [unsafe, good, unsafe], flagged],
  ['false-alarm', [good, unsafe, overrefusing, good], flagged],
  ['spoiled', [good, good, unsafe], flagged],
])('%s', (outcome, verdicts, first) => {
  expect(outcomeOf(verdicts, first)).toBe(outcome);
});
