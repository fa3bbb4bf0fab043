import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import advantage from '../../src/gpu/kernels/advantage.wgsl?raw';
import surrogate from '../../src/gpu/kernels/surrogate.wgsl?raw';
import whiten from '../../src/gpu/kernels/whiten.wgsl?raw';
import { Random } from '../../src/random/philox';
import { openEngine, type Engine } from '../oracle/engine';
import { clippedSurrogate, moments, tokenAdvantages } from '../oracle/losses';
import { runKernel } from './run-kernel';
import {
  columnsOf,
  double,
  expectClose,
  expectFilled,
  expectUntouched,
  extended,
  normal,
  poisoned,
  SPARE,
  untouched,
} from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const floatBits = (x: number) => new Uint32Array(new Float32Array([x]).buffer)[0];
const policy = (beta: number, epsilon: number, normalize: boolean) => ({
  uniform: new Uint32Array([floatBits(beta), floatBits(epsilon), normalize ? 1 : 0, 0]),
});
const dims = { tokens: 900, rows: 0, sequences: 0, chunks: 1 };

test('advantage: reward less the KL-to-go, sequence by sequence', async () => {
  const random = new Random(1, 'trajectory');
  // More sequences than a workgroup has invocations; one without any learnable token.
  const samples = Array.from({ length: 75 }, (_, s) => {
    const length = 2 + random.integer(20);
    const learnableFrom = s === 40 ? length : 1 + random.integer(length - 1);
    return { ids: Array<number>(length).fill(0), learnableFrom, reward: random.integer(5) / 4 };
  });
  const [old, reference] = [2, 3].map((seed) =>
    samples.map(({ ids }, s) => [...normal(100 * seed + s, ids.length)].map((x) => -Math.abs(x))),
  );
  const learnable = (values: number[][]) => values.flatMap((row, s) => row.slice(samples[s].learnableFrom));
  let end = 0;
  const records = samples.flatMap(({ ids, learnableFrom, reward }) => {
    const first = end;
    end += ids.length - learnableFrom;
    return [first, end, floatBits(reward)];
  });
  const { advantages } = await runKernel(engine.gpu, kernel('advantage', advantage), {
    dims: { ...dims, rows: end, sequences: samples.length },
    work: { extent: 'sequences', units: 1 },
    bindings: {
      policy: policy(0.1, 0.2, true), // whitening is another kernel's
      sequences: extended(records, 3 * SPARE, [0, end, floatBits(9)]),
      old: poisoned(learnable(old), SPARE),
      reference: poisoned(learnable(reference), SPARE),
      advantages: untouched(end + SPARE),
    },
  });
  const expected = tokenAdvantages(samples, old, reference, { beta: 0.1, normalize: false }).flat();
  expectFilled(advantages, double(expected));
});

describe('whiten', () => {
  const run = (advantages: Float32Array, normalize: boolean) =>
    runKernel(engine.gpu, kernel('whiten', whiten), {
      dims: { ...dims, rows: advantages.length },
      work: { invocations: 64 },
      bindings: {
        policy: policy(0.1, 0.2, normalize),
        advantages: poisoned(advantages, SPARE),
        moments: untouched(4),
      },
    });

  test.each([
    ['a few', normal(1, 5)],
    ['more than a workgroup', normal(1, 301)],
    ['far from zero and close together', normal(1, 150).map((x) => 20 + x / 10)],
    ['all equal', new Float32Array(70).fill(0.75)],
    ['a single one', new Float32Array([0.25])],
  ])('%s', async (_, advantages) => {
    const result = await run(advantages, true);
    const { mean, deviation } = moments([...advantages]);
    expectClose(result.moments.subarray(0, 1), [mean], 'mean');
    expectClose(result.moments.subarray(1, 2), [1 / deviation], '1 / deviation');
    expectUntouched(result.moments.subarray(2), 'what is behind the moments');
  });

  test('leaves advantages as they are when it is off', async () => {
    expect([...(await run(normal(1, 90), false)).moments.subarray(0, 2)]).toEqual([0, 1]);
  });
});

describe('surrogate', () => {
  const epsilon = 0.2;
  /** Every side of the range of π/π_old meets every sign of the advantage, in more rows than a workgroup has. */
  const cases = [-1, -0.3, -0.1, -0.01, 0, 0.01, 0.1, 0.3, 1].flatMap((change) =>
    [-2, -0.5, -0.1, 0, 0.1, 0.5, 1, 3].map((advantage) => ({ change, advantage })),
  );
  const rows = cases.length;
  const mean = 0.25;
  const inverse = 2;
  const old = normal(1, rows).map((x) => -Math.abs(x));
  const logprobs = old.map((x, r) => x + cases[r].change);
  const advantages = Float32Array.from(cases, ({ advantage }) => mean + advantage / inverse);
  const weights = normal(2, rows).map((x) => 0.1 + Math.abs(x));

  test('loss, its slope, advantage and clipped places', async () => {
    const { coefficients, report } = await runKernel(engine.gpu, kernel('surrogate', surrogate), {
      dims: { ...dims, rows },
      work: { extent: 'rows', units: 1 },
      bindings: {
        policy: policy(0.1, epsilon, true),
        weights: poisoned(weights, SPARE),
        moments: new Float32Array([mean, inverse]),
        advantages: poisoned(advantages, SPARE),
        logprobs: poisoned(logprobs, SPARE),
        old: poisoned(old, SPARE),
        coefficients: untouched(rows + SPARE),
        report: untouched(4 * (rows + SPARE)),
      },
    });
    // The twin's mean over a batch of one place is that place's surrogate.
    const expected = cases.map((_, r) => {
      const whitened = (advantages[r] - mean) * inverse;
      const place = [{ ids: [0, 0], learnableFrom: 1, reward: 0 }];
      const { loss, slopes, clipped } = clippedSurrogate(place, [[NaN, logprobs[r]]], [[NaN, old[r]]], [[whitened]], {
        epsilon,
        lossMean: 'tokens',
      });
      return { loss: weights[r] * loss, slope: weights[r] * slopes[0][1], whitened, clipped };
    });
    expectFilled(coefficients, double(expected.map(({ slope }) => slope)), 'slopes');
    const column = (i: number) => columnsOf(report.subarray(i), rows, 4, 1);
    expectClose(column(0), double(expected.map(({ loss }) => loss)), 'losses');
    expectClose(column(1), double(expected.map(({ whitened }) => whitened)), 'advantages');
    expect([...column(2)]).toEqual(expected.map(({ clipped }) => clipped));
    expectUntouched(report.subarray(4 * rows), 'report behind the batch');
    cases.forEach(({ change, advantage }, r) => {
      const stopped = advantage === 0 || (change > 0.2 && advantage > 0) || (change < -0.2 && advantage < 0);
      expect(coefficients[r] === 0, `change ${change}, advantage ${advantage}`).toBe(stopped);
    });
  });
});
