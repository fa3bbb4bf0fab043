import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import crossEntropy from '../../src/gpu/kernels/cross-entropy.wgsl?raw';
import logSoftmax from '../../src/gpu/kernels/log-softmax.wgsl?raw';
import softmaxBackward from '../../src/gpu/kernels/softmax-backward.wgsl?raw';
import { Random } from '../../src/random/philox';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/losses';
import { logSumExp } from '../oracle/operations';
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
  spaced,
  SPARE,
  untouched,
} from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const rows = 77;
const dims = { tokens: 90, rows, sequences: 4, chunks: 1 };

describe.each([37, 64, 203])('vocabulary of %d', (vocabulary) => {
  const stride = Math.ceil(vocabulary / 4) * 4;
  const random = new Random(1, 'sampling');
  const targets = Array.from({ length: rows }, (_, r) => (r === 0 ? vocabulary - 1 : random.integer(vocabulary)));
  /** Rows from nearly even to nearly certain, around levels whose exponentials would overflow. */
  const logits = normal(2, rows * vocabulary).map((x, i) => {
    const r = Math.floor(i / vocabulary);
    return x * (0.1 + (r % 9)) + 100 * ((r % 3) - 1);
  });
  /** One sequence that predicts every target at its place; of the last token nothing follows. */
  const predictions = {
    ids: [0, ...targets],
    logits: Float64Array.from([...logits, ...new Float64Array(vocabulary)]),
  };
  const constants = { VOCABULARY: vocabulary, STRIDE: stride };
  const logSumExps = Array.from({ length: rows }, (_, r) => logSumExp(oracle.logitsAt(predictions, r)));

  test('log-softmax', async () => {
    const result = await runKernel(engine.gpu, kernel('log-softmax', logSoftmax, constants), {
      dims,
      work: { extent: 'rows', units: 1 },
      bindings: {
        logits: poisoned(spaced(logits, vocabulary, stride), SPARE * stride),
        targets: extended(targets, SPARE),
        logSumExp: untouched(rows + SPARE),
        logProbability: untouched(rows + SPARE),
        entropy: untouched(rows + SPARE),
      },
    });
    expectFilled(result.logSumExp, double(logSumExps), 'log-sum-exp');
    expectFilled(result.logProbability, double(oracle.tokenLogprobs(predictions).slice(1)), 'log-probability');
    expectFilled(result.entropy, double(oracle.tokenEntropies(predictions).slice(1)), 'entropy');
  });

  test('softmax-backward', async () => {
    const slopes = normal(3, rows);
    // NaN stands in the columns that pad the vocabulary, and must become zero: the products behind read them.
    const before = untouched((rows + SPARE) * stride);
    before.set(spaced(logits, vocabulary, stride));
    const result = await runKernel(engine.gpu, kernel('softmax-backward', softmaxBackward, constants), {
      dims,
      work: { extent: 'rows', units: stride / 4 },
      bindings: {
        targets: extended(targets, SPARE),
        logSumExp: poisoned(logSumExps, SPARE),
        coefficients: poisoned(slopes, SPARE),
        logits: before,
      },
    });
    const gradient = oracle.throughLogprobs(predictions, [0, ...slopes]).subarray(0, rows * vocabulary);
    expectClose(columnsOf(result.logits, rows, stride, vocabulary), gradient, 'gradient');
    const padding = columnsOf(result.logits.subarray(vocabulary), rows, stride, stride - vocabulary);
    expect(padding.filter((x) => x !== 0)).toHaveLength(0);
    expectUntouched(result.logits.subarray(rows * stride), 'logits behind the batch');
  });
});

describe('cross-entropy', () => {
  const run = (weights: Float32Array<ArrayBuffer>, logprobs: Float32Array<ArrayBuffer>, count: number) =>
    runKernel(engine.gpu, kernel('cross-entropy', crossEntropy), {
      dims: { ...dims, rows: count },
      work: { extent: 'rows', units: 1 },
      bindings: {
        weights,
        logprobs,
        coefficients: untouched(count + SPARE),
        loss: untouched(count + SPARE),
      },
    });

  test('loss and slopes', async () => {
    const raw = normal(1, rows).map(Math.abs);
    const total = raw.reduce((a, b) => a + b);
    const weights = raw.map((weight) => weight / total);
    const logprobs = normal(2, rows).map((x) => -Math.abs(3 * x));
    const { coefficients, loss } = await run(poisoned(weights, SPARE), poisoned(logprobs, SPARE), rows);
    const expected = oracle.crossEntropy([[NaN, ...logprobs]], [[0, ...raw]]);
    expectFilled(coefficients, double(expected.slopes[0].slice(1)), 'slopes');
    expectFilled(loss, double(weights.map((weight, r) => -weight * logprobs[r])), 'losses');
    expectClose([loss.subarray(0, rows).reduce((a, b) => a + b)], [expected.loss], 'loss');
  });

  test('goes on in y where there are more workgroups than fit in x', async () => {
    const many = 64 * 32768 + 100;
    const weights = Float32Array.from({ length: many }, (_, r) => r);
    const logprobs = new Float32Array(many).fill(-0.5);
    const { coefficients, loss } = await run(poisoned(weights, SPARE), poisoned(logprobs, SPARE), many);
    expect(coefficients.findIndex((x, r) => r < many && x !== -r)).toBe(-1);
    expect(loss.findIndex((x, r) => r < many && x !== r / 2)).toBe(-1);
    expectUntouched(coefficients.subarray(many), 'coefficients behind the batch');
    expectUntouched(loss.subarray(many), 'losses behind the batch');
  });
});
