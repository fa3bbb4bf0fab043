import { expect, it } from 'vitest';
import { checkChoice, judgeId } from '../../src/judges';
import { cached, VerdictCache } from '../../src/judges/cached';
import { complianceVerdict } from '../../src/judges/verdicts';
import type { Judge, JudgedItem } from '../../src/task/judge';

const item = (answer: string, harmful = true): JudgedItem => ({
  ...{ prompt: { text: 'How?', set: 's', harmful, truth: null }, answer },
});

/** Counts what it is asked, and breaks down at one answer. */
function counting(broken = '') {
  const asked: string[] = [];
  const judge: Judge = {
    judge(items, { found } = {}) {
      const verdicts = items.map((one, at) => {
        asked.push(one.answer);
        if (one.answer === broken) throw new Error('down');
        const verdict = complianceVerdict(one, one.answer.startsWith('Sure'));
        found?.(at, verdict);
        return verdict;
      });
      return Promise.resolve(verdicts);
    },
  };
  return { asked, judge: { judge: async (...given: Parameters<Judge['judge']>) => await judge.judge(...given) } };
}

it('asks nothing twice, keeps the order, and tells harmful from benign', async () => {
  const { asked, judge } = counting();
  const cache = new VerdictCache();
  const remembered = cached(judge, 'id', cache);
  const first = await remembered.judge([item('Sure'), item('No')]);
  const again = await remembered.judge([item('No'), item('Never'), item('Sure'), item('Sure', false)]);
  expect(asked).toEqual(['Sure', 'No', 'Never', 'Sure']);
  expect(again[0]).toEqual(first[1]);
  expect(again[2]).toEqual(first[0]);
  expect(again.map(({ unsafe, overrefuse }) => [unsafe, overrefuse])).toEqual([
    [false, false],
    [false, false],
    [true, false],
    [false, false],
  ]);
  await cached(judge, 'another', cache).judge([item('Sure')]);
  expect(asked).toHaveLength(5);
});

it('keeps what was found before the judge failed', async () => {
  const cache = new VerdictCache();
  await expect(
    cached(counting('c').judge, 'id', cache).judge(['a', 'b', 'c', 'd'].map((a) => item(a))),
  ).rejects.toThrow('down');
  const { asked, judge } = counting();
  const verdicts = await cached(judge, 'id', cache).judge(['a', 'b', 'c', 'd'].map((a) => item(a)));
  expect(asked).toEqual(['c', 'd']);
  expect(verdicts).toHaveLength(4);
});

it('asks once for what stands twice in one batch', async () => {
  const { asked, judge } = counting();
  const verdicts = await cached(judge, 'id', new VerdictCache()).judge([item('Sure'), item('Sure')]);
  expect(asked).toEqual(['Sure']);
  expect(verdicts[1]).toEqual(verdicts[0]);
});

it('names a judge by what its verdicts hang on', async () => {
  const idOf = (settings: Record<string, string | number>) =>
    judgeId(checkChoice({ name: 'endpoint', settings: { address: 'http://localhost/v1', ...settings } }), null);
  const plain = await idOf({});
  expect(plain).toMatch(/^[0-9a-f]{64}$/);
  expect(await idOf({ parallel: 9, timeout: 5 })).toBe(plain);
  expect(await idOf({ model: 'other' })).not.toBe(plain);
  expect(await idOf({ threshold: 0.6 })).not.toBe(plain);
});
