import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import embedBackward from '../../src/gpu/kernels/embed-backward.wgsl?raw';
import embed from '../../src/gpu/kernels/embed.wgsl?raw';
import gather from '../../src/gpu/kernels/gather.wgsl?raw';
import { pack } from '../../src/lm/batch';
import { tinyConfigs } from '../oracle/configs';
import { randomExamples } from '../oracle/batches';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { runKernel } from './run-kernel';
import {
  byItem,
  double,
  expectClose,
  expectPaddingUntouched,
  expectUntouched,
  extended,
  normal,
  paddedItems,
  poisoned,
  SPARE,
  untouched,
  untouchedByFeature,
} from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** Sequences of many lengths, some of whose tokens are predicted; ids from the whole of a larger vocabulary are rare. */
const config = tinyConfigs['tied, grouped-query'];
const examples = randomExamples(config, 2, [9, 2, 30, 16, 17, 5]);
const vocabulary = 53;
const batch = pack(
  examples.map((example) => ({ ...example, reward: 0 })),
  vocabulary,
);
const { tokens, rows } = batch;
const dims = { tokens, rows, sequences: examples.length, chunks: 1 };
/** Tokens that are read, one sequence after the other: all but the last of each. */
const ids = examples.flatMap((example) => example.ids.slice(0, -1));

describe.each([4, 36])('width %d', (width) => {
  const constants = { WIDTH: width / 4 };
  const rowOf = (x: Float32Array, row: number) => x.subarray(row * width, (row + 1) * width);
  /** Both layouts hold exactly these numbers [items, width], and nothing else was written. */
  function expectCopied(byFeature: Float32Array, byToken: Float32Array, expected: Float64Array, items: number) {
    expect(expected).toHaveLength(items * width);
    expect(double(byItem(byFeature, items, width))).toEqual(expected);
    expect(double(byToken.subarray(0, items * width))).toEqual(expected);
    expectPaddingUntouched(byFeature, items, width, 'by feature');
    expectUntouched(byFeature.subarray(width * paddedItems(items)), 'by feature behind the features');
    expectUntouched(byToken.subarray(items * width), 'by token behind the batch');
  }

  test('embed copies the rows of the ids', async () => {
    const embedding = normal(1, vocabulary * width);
    const { x, xByToken } = await runKernel(engine.gpu, kernel('embed', embed, constants), {
      dims,
      work: { extent: 'tokens', units: width / 4 },
      bindings: {
        tokens: extended(new Uint32Array(batch.tokenRecords), 4 * SPARE, [7, 0, 0, 0]),
        embedding,
        x: untouchedByFeature(tokens, width),
        xByToken: untouched((tokens + SPARE) * width),
      },
    });
    expectCopied(x, xByToken, oracle.embed(ids, double(embedding), width), tokens);
  });

  test.each([
    { what: 'on top of a tied head’s gradient', TIED: 1 },
    { what: 'where nothing else counts', TIED: 0 },
  ])('embed-backward adds every occurrence of an id to its row, $what', async ({ TIED }) => {
    const dx = normal(1, tokens * width);
    const head = normal(2, vocabulary * width); // what a tied head, or an earlier batch, left there
    const before = untouched((vocabulary + SPARE) * width);
    before.set(head);
    const { gradient } = await runKernel(
      engine.gpu,
      kernel('embed-backward', embedBackward, { ...constants, VOCABULARY: vocabulary, TIED }),
      {
        work: { invocations: (vocabulary * width) / 4 },
        bindings: {
          occurrences: extended(batch.occurrences, SPARE),
          dx: poisoned(dx, SPARE * width),
          gradient: before,
        },
      },
    );
    const base = TIED === 1 ? head : new Float32Array(head.length);
    const expected = double(base);
    oracle.embedBackward(ids, double(dx), expected, width);
    expectClose(gradient.subarray(0, vocabulary * width), expected);
    expectUntouched(gradient.subarray(vocabulary * width), 'gradient behind the vocabulary');
    const absent = Array.from({ length: vocabulary }, (_, id) => id).filter((id) => !ids.includes(id));
    expect(absent.length).toBeGreaterThan(0);
    for (const id of absent) expect(rowOf(gradient, id)).toEqual(rowOf(base, id));
  });

  test('gather copies the rows of the predicted places', async () => {
    const x = normal(1, tokens * width);
    const { y, yByToken } = await runKernel(engine.gpu, kernel('gather', gather, constants), {
      dims,
      work: { extent: 'rows', units: width / 4 },
      bindings: {
        rowToken: extended(batch.rowToken, SPARE, [1]),
        x: poisoned(x, SPARE * width),
        y: untouchedByFeature(rows, width),
        yByToken: untouched((rows + SPARE) * width),
      },
    });
    const predicted = examples.flatMap(({ weights }) => weights.slice(1)).flatMap((w, t) => (w === 0 ? [] : [t]));
    expect(predicted.length).toBeLessThan(tokens);
    expectCopied(y, yByToken, double(predicted.flatMap((t) => [...rowOf(x, t)])), rows);
  });
});
