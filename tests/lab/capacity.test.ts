import { describe, expect, it } from 'vitest';
import { GpuMemoryError } from '../../src/gpu/errors';
import { defaults, setPath, type RunConfig } from '../../src/lab/config';
import { modelConfig } from '../../src/lab/models/architecture';
import { runRoom } from '../../src/lab/models/capacity';
import { checkFits, fitRoom, planModels } from '../../src/lm/backend/fit';
import { estimateMemory, type MemoryPlan } from '../../src/lm/memory';
import type { ModelRoom } from '../../src/model/room';
import { sizedConfig, sizes } from '../../src/model/sizes';
import { sequenceLimits } from '../../src/waltz/game/sequence-limits';

const limits = { prompt: 60, answer: 10, feedback: 60, advice: 12 };
const model = modelConfig('0.1M', 300, limits);
const GIBIBYTE = 2 ** 30;
/** Feedback on the longest answer to the longest prompt. */
const longest = sequenceLimits(limits, 1).feedback;

const room = (config: RunConfig, most = GIBIBYTE) => fitRoom([model], runRoom(config, limits), most);
/** What a run of two such agents takes, where a buffer may have `most` bytes. */
const planned = (config: RunConfig, most: number) => planModels([model, model], runRoom(config, limits), most);
const plans = (config: RunConfig): MemoryPlan[] => [{ ...room(config), config: model, agents: 2 }];

describe('room for a run', () => {
  it('is a whole batch of the longest games, and a few more games side by side where a batch has few', () => {
    expect(room({ ...defaults, rollout: { ...defaults.rollout, batch: 100, rollouts_per_prompt: 2 } })).toEqual({
      training: { tokens: 200 * longest, sequences: 200, microBatchTokens: 200 * longest },
      generation: { slots: 200, newTokens: 61, length: longest },
    });
    expect(room(setPath(defaults, 'rollout.batch', '10')).generation.slots).toBe(64);
  });

  it('is at least the longest game at once, and a token for each game side by side', () => {
    const least = (batch: string) =>
      room(setPath(setPath(defaults, 'optimizer.micro_batch_tokens', '1'), 'rollout.batch', batch));
    expect(least('64').training.microBatchTokens).toBe(longest);
    expect(least('500').training.microBatchTokens).toBe(500);
    expect(least('64').training.tokens).toBe(64 * longest);
    expect(room(setPath(defaults, 'optimizer.micro_batch_tokens', '1000')).training.microBatchTokens).toBe(1000);
  });

  it('generates as many games side by side as a layer’s cache has room for', () => {
    const ofOne = 4 * longest * 2 * 64;
    expect(room(defaults, 7 * ofOne + 1).generation.slots).toBe(7);
    expect(room(defaults, 1).generation.slots).toBe(1);
  });
});

it('is asked for in plain numbers, whatever computes it', () => {
  const { advice, ...asked } = runRoom(setPath(defaults, 'rollout.batch', '10'), limits);
  expect(asked).toEqual({
    length: longest,
    training: { tokens: 10 * longest, sequences: 10 },
    generation: { slots: 64, newTokens: 61 },
  });
  expect(advice(5 * longest)).toContain('rollout.batch to at most 5');
  const parts = setPath(defaults, 'optimizer.micro_batch_tokens', '1000');
  expect(runRoom(parts, limits).training.microBatchTokens).toBe(1000);
});

it('is a training batch alone where nothing is generated', () => {
  const learner: ModelRoom = {
    ...{ length: 20, training: { tokens: 60, sequences: 3 }, generation: null },
    advice: () => 'Never.',
  };
  expect(fitRoom([model], learner, GIBIBYTE)).toEqual({
    training: { tokens: 60, sequences: 3, microBatchTokens: 60 },
    generation: { slots: 1, newTokens: 1, length: 20 },
  });
});

it('counts agents of two shapes apart', () => {
  const larger = modelConfig('0.9M', 300, limits);
  const total = (shapes: (typeof model)[]) => planModels(shapes, runRoom(defaults, limits), GIBIBYTE).memory.total;
  const both = total([model, larger]);
  const of = (shape: typeof model) => total([shape, shape]);
  expect(both).toBeGreaterThan(of(model));
  expect(both).toBeLessThan(of(model) + of(larger));
});

describe('what does not fit the adapter', () => {
  it('is refused with the largest settings that fit', () => {
    const { total, largest } = planned(defaults, GIBIBYTE).memory;
    expect(total).toBe(estimateMemory(plans(defaults)).total);
    expect(largest.bytes).toBeLessThan(total);
    const limit = largest.bytes / 2;
    const advice = /tokens to at most (\d+), or rollout.batch to at most (\d+)/;
    let message = '';
    try {
      planned(defaults, limit);
    } catch (error) {
      expect(error).toBeInstanceOf(GpuMemoryError);
      message = (error as Error).message;
    }
    const [, tokens, batch] = advice.exec(message)!;
    expect(message).toContain(largest.label);
    for (const [path, most] of [
      ['optimizer.micro_batch_tokens', tokens],
      ['rollout.batch', batch],
    ]) {
      const at = (value: number) => {
        const config = setPath(defaults, path, String(value));
        return () => planned(config, limit);
      };
      expect(at(Number(most)), path).not.toThrow();
      // Rows by feature are padded to sixteen tokens.
      expect(at(Number(most) + 16), path).toThrow(GpuMemoryError);
    }
  });

  it('names the largest agents where no batch is small enough', () => {
    const advice = () => 'Never.';
    expect(() => checkFits(plans(defaults), 400_000, advice)).toThrow('at most 100000 parameters');
    const long = { config: sizedConfig(sizes['0.1M'], 300, 1024), generation: { slots: 1, newTokens: 1 }, agents: 1 };
    const tight = [{ ...long, training: { tokens: 1024, sequences: 1 } }];
    expect(() => checkFits(tight, 1_000_000, advice)).toThrow('shorter sequences');
  });
});

it('estimates more for every agent, token and slot', () => {
  const [plan] = plans(defaults);
  const total = (changes: Partial<MemoryPlan>) => estimateMemory([{ ...plan, ...changes }]).total;
  const { purposes } = estimateMemory([plan]);
  expect(Object.values(purposes).reduce((a, b) => a + b)).toBe(total({}));
  expect(total({ agents: 3 })).toBeGreaterThan(total({}));
  expect(total({ training: { ...plan.training, microBatchTokens: 1024 } })).toBeLessThan(total({}));
  expect(total({ generation: { ...plan.generation, slots: 10 } })).toBeLessThan(total({}));
});
