import { expect, test } from 'vitest';
import { resultOf } from '../../bench/compete';
import { measureTraining, type Losses } from '../../bench/training';

/** Someone whose loss before a step is a tenth of its number more than `first`. */
function entry(name: string, first: number) {
  let step = 0;
  const train = () => Promise.resolve(first + step++ / 10);
  return { name, sitsOut: () => null, open: () => Promise.resolve({ name, train, dispose: () => undefined }) };
}

const measured = (measure: (results: readonly Losses[]) => Losses) =>
  measureTraining(
    { size: '0.06M', sequences: 1, length: 2, warmUps: 1, runs: 2 },
    {
      ...{ entries: [entry('one', 5), entry('another', 5.01)], tolerance: 1e-3, pace: null, turn: 0 },
      ...{ measure, say: () => undefined },
    },
  );

test('losses are held against those of the reference', async () => {
  const { contenders } = await measured((results) => resultOf(results, 'another'));
  expect(contenders.map(({ reference, agrees }) => [reference, agrees])).toEqual([
    ['another', false],
    ['another', true],
  ]);
  expect(contenders[0].losses).toEqual([5, 5.1, 5.2]);
  expect(contenders[0].largestRelativeDifference).toBeCloseTo(0.01 / 5.01, 12);
});

test('a reference of another run may have taken fewer steps', async () => {
  const { contenders } = await measured(() => ({ name: 'elsewhere', outputs: [5, 5.1] }));
  expect(contenders.map(({ reference, agrees }) => [reference, agrees])).toEqual([
    ['elsewhere', true],
    ['elsewhere', false],
  ]);
});

test('without the reference the first one is the measure, and nobody is a fault', async () => {
  expect(resultOf([{ name: 'one' }], 'another')).toEqual({ name: 'one' });
  expect(() => resultOf([], 'another')).toThrow('No contender ran');
  const { contenders } = await measured((results) => resultOf(results, 'nobody'));
  expect(contenders[0]).toMatchObject({ reference: 'one', agrees: true, largestRelativeDifference: 0 });
});
