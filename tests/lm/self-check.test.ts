import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selfCheck } from '../../src/lm/self-check';
import { compareNumbers, problem, tensorSums, type CheckedNumbers } from '../../src/model/self-check';
import numbers from '../../src/model/self-check.json';
import { oracleState, supervise, superviseGradient } from '../oracle/agent';
import { forward } from '../oracle/decoder';
import { openEngine, type Engine } from '../oracle/engine';
import { tokenLogprobs } from '../oracle/losses';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** The numbers on file, worked out again in double precision. */
function oracleNumbers(): CheckedNumbers {
  const { state, examples, options } = problem();
  const oracle = oracleState(state);
  // The first token of a sequence is not predicted.
  const logprobs = examples.flatMap(({ ids }) => tokenLogprobs(forward(oracle, ids)).slice(-(ids.length - 1)));
  const { gradient } = superviseGradient(oracle, examples);
  const { grad_norm } = supervise(oracle, examples, options);
  const moved = oracle.parameters.map((value, i) => value - state.parameters[i]);
  return {
    logprobs,
    gradient: [grad_norm, ...tensorSums(oracle.layout, gradient)],
    step: tensorSums(oracle.layout, moved),
  };
}

/** `WRITE_SELF_CHECK=1 npx vitest run tests/lm/self-check.test.ts` writes the file anew. */
test('the numbers on file are those of the double-precision decoder', () => {
  const worked = oracleNumbers();
  if (process.env['WRITE_SELF_CHECK']) {
    const rounded = (list: number[]) => list.map((value) => Number(value.toPrecision(9)));
    const { logprobs, gradient, step } = worked;
    const file = { logprobs: rounded(logprobs), gradient: rounded(gradient), step: rounded(step) };
    writeFileSync('src/model/self-check.json', `${JSON.stringify(file, null, 2)}\n`);
  }
  for (const kind of ['logprobs', 'gradient', 'step'] as const) {
    expect(numbers[kind]).toHaveLength(worked[kind].length);
    numbers[kind].forEach((value, i) => expect(value).toBeCloseTo(worked[kind][i], 6));
  }
});

test('this adapter computes them', async () => {
  const { passed, worst } = await selfCheck(engine.gpu);
  expect(worst).toBeLessThan(1e-5);
  expect(passed).toBe(true);
});

test('one number that is wrong, missing or not a number is found', () => {
  expect(compareNumbers(numbers)).toEqual({ passed: true, worst: 0 });
  for (const kind of ['logprobs', 'gradient', 'step'] as const) {
    const largest = Math.max(...numbers[kind].map(Math.abs));
    for (const wrong of [numbers[kind][1] + 0.01 * largest, NaN, undefined]) {
      const found = {
        ...numbers,
        [kind]: numbers[kind].map((value, i) => (i === 1 ? wrong : value)),
      };
      expect(compareNumbers(found).passed).toBe(false);
    }
  }
});
