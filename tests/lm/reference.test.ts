import { describe, expect, test } from 'vitest';
import { oracleState } from '../oracle/agent';
import { forward } from '../oracle/decoder';
import { logitsAt, tokenLogprobs } from '../oracle/losses';
import { greedy } from '../oracle/sampling';
import { readStories, storiesAreHere } from '../oracle/stories';

describe.skipIf(!storiesAreHere)('the double-precision decoder on a trained checkpoint', () => {
  test('logits and log-probabilities are those on file', async () => {
    const { state, golden } = await readStories();
    const largestDifference = (a: ArrayLike<number>, b: number[]) => Math.max(...b.map((x, i) => Math.abs(a[i] - x)));
    const rounding = 0.51e-6; // the file has six decimals
    for (const { ids, last_logits, token_logprobs } of golden.logits) {
      const trace = forward(oracleState(state), ids);
      expect(largestDifference(logitsAt(trace, ids.length - 1), last_logits)).toBeLessThan(rounding);
      expect(largestDifference(tokenLogprobs(trace).slice(1), token_logprobs)).toBeLessThan(rounding);
    }
  });

  test('greedy continuations are those on file', async () => {
    const { state, golden } = await readStories();
    for (const { prompt_ids, ids } of golden.greedy) {
      const trace = forward(oracleState(state), ids);
      const continued = ids
        .slice(prompt_ids.length)
        .map((_, n) => greedy(logitsAt(trace, prompt_ids.length - 1 + n)).token);
      expect(continued).toEqual(ids.slice(prompt_ids.length));
    }
  });
});
