import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import crossEntropy from '../../src/gpu/kernels/cross-entropy.wgsl?raw';
import logSoftmax from '../../src/gpu/kernels/log-softmax.wgsl?raw';
import logitGradient from '../../src/gpu/kernels/logit-gradient.wgsl?raw';
import writeGradient from '../../src/gpu/kernels/write-gradient.wgsl?raw';
import { Random } from '../../src/random/philox';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/losses';
import { logSumExp } from '../oracle/operations';
import { runKernel } from './run-kernel';
import {
  byFeature,
  byItem,
  columnsOf,
  double,
  expectClose,
  expectFilled,
  expectPaddingUntouched,
  expectUntouched,
  extended,
  normal,
  paddedItems,
  poisoned,
  spaced,
  SPARE,
  UNTOUCHED,
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
    const result = await runKernel(engine.gpu, kernel('log-softmax', logSoftmax, { VOCABULARY: vocabulary }), {
      dims,
      work: { extent: 'rows', units: 1 },
      bindings: {
        logits: byFeature(logits, vocabulary),
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

  const inverse = normal(4, rows).map((value) => 0.5 + Math.abs(value));
  /** The logits, whose place their gradient takes; NaN in the columns that pad the vocabulary. */
  const logitsBefore = () => byFeature(spaced(logits, vocabulary, stride), stride, UNTOUCHED);
  /** The gradient stands by feature and, times 1 / rms, by token, with zeros where the vocabulary is padded. */
  function expectGradient(byFeature: Float32Array, byToken: Float32Array, slopes: readonly number[]) {
    const gradient = oracle.throughLogprobs(predictions, [0, ...slopes]).subarray(0, rows * vocabulary);
    const whole = byItem(byFeature, rows, stride);
    const padding = (x: Float32Array) => columnsOf(x.subarray(vocabulary), rows, stride, stride - vocabulary);
    expectClose(columnsOf(whole, rows, stride, vocabulary), gradient, 'by feature');
    expect(padding(whole).filter((x) => x !== 0)).toHaveLength(0);
    expectPaddingUntouched(byFeature, rows, stride, 'by feature');
    expectUntouched(byFeature.subarray(stride * paddedItems(rows)), 'by feature behind the vocabulary');
    const scaled = gradient.map((value, i) => value * inverse[Math.floor(i / vocabulary)]);
    expectClose(columnsOf(byToken, rows, stride, vocabulary), scaled, 'by token');
    expect(padding(byToken).filter((x) => x !== 0)).toHaveLength(0);
    expectUntouched(byToken.subarray(rows * stride), 'by token behind the batch');
  }

  test('logit-gradient', async () => {
    const slopes = normal(3, rows);
    const source = logitGradient + writeGradient;
    const result = await runKernel(engine.gpu, kernel('logit-gradient', source, constants), {
      dims,
      work: { extent: 'rows', units: 1 },
      bindings: {
        coefficients: poisoned(slopes, SPARE),
        targets: extended(targets, SPARE),
        inverse: poisoned(inverse, SPARE),
        logits: logitsBefore(),
        dLogitsByToken: untouched((rows + SPARE) * stride),
        logSumExp: poisoned(logSumExps, SPARE),
      },
    });
    expectGradient(result.logits, result.dLogitsByToken, [...slopes]);
  });

  test('cross-entropy', async () => {
    const raw = normal(1, rows).map(Math.abs);
    const total = raw.reduce((a, b) => a + b);
    const weights = raw.map((weight) => weight / total);
    const source = crossEntropy + writeGradient;
    const result = await runKernel(engine.gpu, kernel('cross-entropy', source, constants), {
      dims,
      work: { extent: 'rows', units: 1 },
      bindings: {
        weights: poisoned(weights, SPARE),
        targets: extended(targets, SPARE),
        inverse: poisoned(inverse, SPARE),
        logits: logitsBefore(),
        dLogitsByToken: untouched((rows + SPARE) * stride),
        loss: untouched(rows + SPARE),
      },
    });
    const logprobs = oracle.tokenLogprobs(predictions);
    const expected = oracle.crossEntropy([logprobs], [[0, ...raw]]);
    expectGradient(result.logits, result.dLogitsByToken, expected.slopes[0].slice(1));
    expectFilled(result.loss, double(weights.map((weight, r) => -weight * logprobs[r + 1])), 'losses');
    expectClose([result.loss.subarray(0, rows).reduce((a, b) => a + b)], [expected.loss], 'loss');
  });
});
