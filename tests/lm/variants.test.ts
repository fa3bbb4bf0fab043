import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockingName } from '../../src/gpu/kernels/product';
import {
  candidates,
  halved,
  plainVariants,
  roles,
  variantNames,
  variantsNamed,
  type Variants,
} from '../../src/lm/variants';
import { selfCheck } from '../../src/lm/self-check';
import { candidatesOn, tooLongToCompile, tune } from '../../src/lm/tuner';
import { randomExamples, randomPrompts, trainedState } from '../oracle/batches';
import { relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';

const config = tinyConfigs['tied, grouped-query'];
const state = trainedState(config, 1);
const lengths = [9, 2, 21, 14, 30];

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** The nth candidate of every role. */
const nth = (n: number): Variants => {
  const variants = { ...plainVariants };
  for (const role of roles) variants[role] = candidates[role][n % candidates[role].length];
  return variants;
};
const most = Math.max(...roles.map((role) => candidates[role].length));
const sets = Array.from({ length: most }, (_, n) => nth(n)).map(
  (set) => [Object.values(variantNames(set)).join(' '), set] as const,
);

/** Losses of so many supervised steps on fixed batches. */
async function losses(variants: Variants, steps: number): Promise<{ losses: number[]; parameters: Float32Array }> {
  const model = await engine.load(state, { variants });
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss } = await model.supervise(randomExamples(config, step % 7, lengths), {
      learningRate: 0.002,
      gradientClip: 1,
    });
    found.push(loss);
  }
  return { losses: found, parameters: (await model.save()).parameters };
}

async function greedy(variants: Variants) {
  const model = await engine.load(state, { variants });
  return await model.generate(randomPrompts(config, 4, [5, 17, 3, 20, 11, 9, 4, 13, 8]), {
    maxNewTokens: 24,
    temperature: 0,
    draw: { seed: 11, stream: 'sampling', step: 3, rollouts: [0, 1, 2, 3, 4, 5, 6, 7, 8], phase: 0 },
  });
}

/** The same with smaller blocks where the large ones take this adapter too long to compile. */
function fitting(variants: Variants): Variants {
  const found = { ...variants };
  for (const role of roles) if (tooLongToCompile(engine.gpu, found[role])) found[role] = { ...found[role], rows: 8 };
  return found;
}

describe('every variant trains as the plain one', () => {
  let plain: Awaited<ReturnType<typeof losses>>;
  beforeAll(async () => {
    plain = await losses(plainVariants, 200);
  });

  test.each(sets)('over 200 steps: %s', async (_, variants) => {
    const found = await losses(fitting(variants), 200);
    // Sums in another order part slowly: the loss stays within 1e-4 over 50 steps and 1e-3 over 200.
    for (const [steps, bound] of [
      [50, 1e-4],
      [200, 1e-3],
    ]) {
      const apart = Math.max(...found.losses.slice(0, steps).map((loss, i) => Math.abs(loss - plain.losses[i])));
      expect(apart).toBeLessThan(bound);
    }
    expect(plain.losses[199]).toBeLessThan(0.9 * plain.losses[3]);
  });

  test.each(sets)('and generates the same greedily: %s', async (_, variants) => {
    expect((await greedy(fitting(variants))).map(({ ids }) => ids)).toEqual(
      (await greedy(plainVariants)).map(({ ids }) => ids),
    );
  });
});

describe('names', () => {
  test.each(sets)('give back their variants: %s', (_, variants) => {
    expect(variantsNamed(variantNames(variants))).toEqual(variants);
    expect(variantsNamed(variantNames(halved(variants)))).toEqual(halved(variants));
  });

  test('of one dispatch for many tokens, and of runs of before there was one', () => {
    const single: Variants = { ...plainVariants, generationFew: 'single' };
    expect(variantsNamed(variantNames(single))).toEqual(single);
    const { generation, generationFew, ...older } = variantNames(plainVariants);
    expect([generation, generationFew]).toEqual(['pass', 'pass']);
    expect(variantsNamed(older)).toEqual(plainVariants);
  });

  test('of another build are not known', () => {
    expect(variantsNamed({})).toBeNull();
    expect(variantsNamed({ ...variantNames(plainVariants), generation: 'twofold' })).toBeNull();
    expect(variantsNamed({ ...variantNames(plainVariants), training: '64x64/1' })).toBeNull();
  });

  test('are all different', () => {
    for (const role of roles) {
      const names = candidates[role].map(blockingName);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('the tuner', () => {
  test('times the plain variant of every role, agrees with all it tries, and chooses what it timed', async () => {
    // Staging buffers are kept for later reads.
    const held = () => ({ ...engine.gpu.memory, staging: 0 });
    const before = held();
    const { variants, trials } = await tune(engine.gpu, config, {
      tokens: 300,
      slots: 12,
      newTokens: 24,
      budget: 60_000,
    });
    expect(held()).toEqual(before);
    for (const role of roles) {
      const own = trials.filter((trial) => trial.role === role && !trial.name.endsWith('/f16'));
      expect(own).toHaveLength(1 + candidatesOn(engine.gpu, role).length);
      for (const { name, milliseconds } of own) expect(milliseconds, name).toBeGreaterThan(0);
      expect(own.map(({ name }) => name)).toContain(blockingName({ ...variants[role], half: false }));
    }
    for (const role of ['generation', 'generationFew'] as const) {
      const [pass, single] = trials.filter((trial) => trial.role === role);
      // A processor that plays a GPU is not asked: what one dispatch saves is launches.
      if (engine.gpu.adapter.software) {
        expect([pass, variants[role]]).toEqual([undefined, 'pass']);
        continue;
      }
      expect([pass.name, single.name]).toEqual(['pass', 'single']);
      expect(pass.milliseconds).toBeGreaterThan(0);
      expect(single.milliseconds).toBeGreaterThan(0);
      expect(variants[role]).toBe(single.milliseconds! < 0.95 * pass.milliseconds! ? 'single' : 'pass');
    }
  });

  test('keeps to the plain variants where there is no time', async () => {
    const { variants, trials } = await tune(engine.gpu, config, { tokens: 300, slots: 12, newTokens: 24, budget: 0 });
    expect({ ...variants, ...(variants.training.half ? halved(plainVariants) : {}) }).toEqual(
      variants.training.half ? halved(plainVariants) : plainVariants,
    );
    expect(trials.filter(({ name }) => !name.endsWith('/f16'))).toHaveLength(roles.length);
  });
});

describe('parameters in f16', () => {
  const half = halved(plainVariants);

  test('log-probabilities within 1e-2, and not the same', async ({ skip }) => {
    if (!engine.gpu.device.features.has('shader-f16')) skip('this adapter has no f16');
    const sequences = randomPrompts(config, 8, lengths);
    const score = async (variants: Variants) => {
      const model = await engine.load(state, { variants });
      return (await model.score(sequences)).flatMap(({ logprobs }) => logprobs.slice(1));
    };
    const [found, expected] = [await score(half), await score(plainVariants)];
    expect(relativeDifference(found, expected)).toBeLessThan(1e-2);
    expect(found).not.toEqual(expected);
  });

  test('train alongside: masters, gradients and sums are f32', async ({ skip }) => {
    if (!engine.gpu.device.features.has('shader-f16')) skip('this adapter has no f16');
    const [found, expected] = [await losses(half, 50), await losses(plainVariants, 50)];
    const apart = Math.max(...found.losses.map((loss, i) => Math.abs(loss - expected.losses[i])));
    expect(apart).toBeLessThan(1e-2);
  });

  test('pass the self-check', async ({ skip }) => {
    if (!engine.gpu.device.features.has('shader-f16')) skip('this adapter has no f16');
    const { passed, worst } = await selfCheck(engine.gpu, undefined, half);
    expect(worst).toBeGreaterThan(1e-6);
    expect(passed).toBe(true);
  });
});
