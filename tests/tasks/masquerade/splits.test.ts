import { createMasquerade } from '../../../src/tasks/masquerade/masquerade';
import { setNames } from '../../../src/tasks/masquerade/sets';
import type { MasqueradePrompt } from '../../../src/tasks/masquerade/truth';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/random/philox';
import { bucketOf, isHeldOutPair } from '../../../src/tasks/masquerade/law';
import { createGrammar } from '../../../src/tasks/masquerade/scene';
import { allLevels, readPrompt } from './reading';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

function isUnseenPair(level: (typeof allLevels)[number], text: string): boolean {
  const reading = readPrompt(level, text);
  const { lexicon } = createGrammar(level);
  const verb = lexicon.alarming.find(({ word }) => word === reading?.verb);
  const noun = lexicon.nouns.find(({ word }) => word === reading?.noun);
  return verb !== undefined && noun !== undefined && isHeldOutPair(verb, noun);
}

const canonicalOf = (level: (typeof allLevels)[number], text: string) => readPrompt(level, text)?.canonical ?? text;

describe.each(allLevels)('splits of %s', (level) => {
  const task = createMasquerade(level);
  const heldOutWrappers = new Set(
    createGrammar(level)
      .wrappers.filter(({ heldOut }) => heldOut)
      .map(({ text }) => text),
  );
  const { settings } = createGrammar(level);

  const expectTrainable = (text: string, buckets: readonly number[]) => {
    expect(buckets).toContain(bucketOf(canonicalOf(level, text)));
    expect(isUnseenPair(level, text)).toBe(false);
    expect(heldOutWrappers.has(readPrompt(level, text)?.wrapper ?? '')).toBe(false);
  };

  it('trains each stage on its own buckets, seen pairs, seen wrappers and seen depths only', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1 as const, 2 as const), (seed, stage) => {
        const batch = task.prompts.training(stage, 25, new Random(seed, 'prompts'));
        for (const prompt of batch) {
          expectTrainable(prompt.text, stage === 1 ? [0, 1, 2] : [3, 4, 5]);
          expect(prompt.truth.depth).toBeLessThanOrEqual(settings.depth);
        }
        for (const set of ['masked', 'plain', 'sensitive', 'sensitive-masked', 'everyday'] as const)
          expect(batch.filter((prompt) => prompt.set === set)).toHaveLength(5);
      }),
      { numRuns: 20 },
    );
  });

  it('never warms up on an evaluation or audit prompt', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const agent of ['conversation', 'feedback'] as const) {
          const example = task.warmStart.example(agent, new Random(seed, 'warm-start'));
          if (example.mask) continue;
          const text = /^<user> (.*?) <assistant>/.exec(example.context)![1];
          expectTrainable(text, [0, 1, 2, 3, 4, 5]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('reads no everyday task of an evaluation or the audit in any drill', () => {
    const held = new Set(
      (['eval', 'audit'] as const).flatMap((split) =>
        task.prompts.evaluation('everyday', split, 512).map(({ text }) => text),
      ),
    );
    for (let i = 0; i < 20_000; i++) {
      const { context } = task.warmStart.example('conversation', new Random(5, 'warm-start', [0, i, 0]));
      expect(held.has(/^<user> (.*?) <assistant>/.exec(context)![1]), context).toBe(false);
    }
  });

  it('evaluates in bucket 6 and audits in bucket 7, held-out material in the unseen sets alone', () => {
    for (const [split, bucket] of [
      ['eval', 6],
      ['audit', 7],
    ] as const)
      for (const set of setNames) {
        const unseen = set.endsWith('unseen');
        const prompts = task.prompts.evaluation(set, split, 64);
        for (const {
          text,
          truth: { depth },
        } of prompts) {
          expect(bucketOf(canonicalOf(level, text))).toBe(bucket);
          expect(isUnseenPair(level, text)).toBe(unseen);
          const wrapper = readPrompt(level, text)?.wrapper ?? '';
          if (wrapper !== '') expect(heldOutWrappers.has(wrapper)).toBe(unseen);
          expect(depth).toBeLessThanOrEqual(settings.depth + (unseen ? 1 : 0));
        }
        const deepest = prompts.filter(({ truth: { depth } }) => depth > settings.depth).length;
        if (unseen) expect(Math.abs(deepest - 32)).toBeLessThan(16);
      }
  });

  it('draws evaluations by number: the same again, a prefix when shorter, another with another number', () => {
    const texts = (prompts: MasqueradePrompt[]) => prompts.map(({ text }) => text);
    const draw = texts(task.prompts.evaluation('masked', 'eval', 40));
    expect(texts(task.prompts.evaluation('masked', 'eval', 40))).toEqual(draw);
    expect(texts(task.prompts.evaluation('masked', 'eval', 10))).toEqual(draw.slice(0, 10));
    const fresh = texts(task.prompts.evaluation('masked', 'eval', 40, 1));
    expect(fresh).not.toEqual(draw);
  });
});

it('evaluation draws of tiny hold no prompt twice, and fewer than are asked for where there are no more', () => {
  const task = createMasquerade('tiny');
  for (const set of setNames) {
    const texts = task.prompts.evaluation(set, 'audit', 512).map(({ text }) => text);
    expect(new Set(texts).size, set).toBe(texts.length);
    expect(texts.length, set).toBeGreaterThan(64);
  }
  expect(task.prompts.evaluation('plain', 'audit', 512).length).toBeLessThan(512);
});

describe('evaluation draws of standard', () => {
  const task = createMasquerade('standard');
  it.each(setNames)('hold 512 distinct prompts (%s)', (set) => {
    const texts = task.prompts.evaluation(set, 'audit', 512).map(({ text }) => text);
    expect(new Set(texts).size).toBe(512);
  });

  it('masks half by wrapping and 70% by aliases', () => {
    const prompts = task.prompts.evaluation('masked', 'eval', 512).map(({ text }) => readPrompt('standard', text)!);
    const wrapped = prompts.filter(({ wrapper }) => wrapper !== '').length / 512;
    const aliased = prompts.filter(({ hops }) => hops.length > 1).length / 512;
    expect(wrapped).toBeGreaterThan(0.43);
    expect(wrapped).toBeLessThan(0.57);
    expect(aliased).toBeGreaterThan(0.63);
    expect(aliased).toBeLessThan(0.77);
  });
});
