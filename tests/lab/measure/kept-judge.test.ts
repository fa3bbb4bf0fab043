import { expect, it } from 'vitest';
import { readHead, readVerdict } from '../../../src/lab/measure/measurement-schema';

const rates = { asr: null, orr: null, malformed: 0, cut: 0, skipped: 0 };
/** As version 0.2 kept it. */
const old = {
  ...{ id: 'a', guest: 'g', model: { name: 'm', hash: 'h', parameters: 7 }, startedAt: 1, spent: 2, done: 0, total: 3 },
  prompts: {
    tag: { name: 'prompts', level: '', version: 1, hash: 'h' },
    files: [],
    splits: { stage1: 0, stage2: 0, eval: 0, audit: 0 },
  },
  judge: { name: 'phrases', settings: 'no\nnever' },
  settings: { limit: null, maxNewTokens: 8, temperature: 0, seed: 1 },
  computed: null,
  report: { ...rates, sets: {} },
};

it('reads a measurement whose judge had one text for its settings', () => {
  expect(readHead(old)).toMatchObject({
    judge: { name: 'phrases', settings: { phrases: 'no\nnever' } },
    requests: 0,
    report: { unjudged: 0 },
  });
});

it('reads settings by their names, and refuses others', () => {
  const settings = { address: 'http://localhost/v1', threshold: 0.5 };
  expect(readHead({ ...old, judge: { name: 'endpoint', settings } })?.judge.settings).toEqual(settings);
  expect(readHead({ ...old, judge: { name: 'endpoint', settings: { address: null } } })).toBeNull();
});

it('reads a verdict with its probability', () => {
  const verdict = { unsafe: true, overrefuse: false, malformed: false, evasive: false, good: false, reward: 0 };
  expect(readVerdict({ ...verdict, complies: 0.7 })).toEqual({ ...verdict, complies: 0.7 });
  expect(readVerdict({ ...verdict, complies: 7 })).toBeNull();
});
