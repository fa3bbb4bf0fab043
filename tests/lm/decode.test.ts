import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LlamaConfig } from '../../src/model/config';
import { modelKernels } from '../../src/lm/kernels';
import { sizedConfig, sizes } from '../../src/model/sizes';
import { halved, plainVariants, type Variants } from '../../src/lm/variants';
import type { GenerateOptions } from '../../src/model/agent';
import { randomPrompts, trainedState } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const inOne = (variants: Variants): Variants => ({ ...variants, generation: 'single', generationFew: 'single' });

/** Attention to more keys than a workgroup looks at at once, heads whose tokens are one vec4 pair or several. */
const configs: Record<string, LlamaConfig> = {
  'tied, grouped-query': tinyConfigs['tied, grouped-query'],
  'untied, one key/value head': tinyConfigs['untied, one key/value head'],
  'many heads and positions': {
    ...tinyConfigs['tied, grouped-query'],
    hidden_size: 128,
    num_attention_heads: 16,
    num_key_value_heads: 8,
    num_hidden_layers: 1,
    max_position_embeddings: 200,
  },
};

/** Lengths of prompts, and what follows each when it is read on. */
const lengths = [3, 12, 1, 7, 20, 5, 9, 2, 17];
const options = (changes: Partial<GenerateOptions> = {}): GenerateOptions => {
  const whole: GenerateOptions = {
    maxNewTokens: 18,
    temperature: 1,
    draw: { seed: 11, stream: 'sampling', step: 3, rollouts: lengths.map((_, i) => 40 + i), phase: 1 },
    probes: [
      { after: 3, token: 8 },
      { after: 20, token: 0 },
    ],
    ...changes,
  };
  return { cache: whole.draw.rollouts, ...whole };
};

/** What a model makes of prompts, and of what it made with more behind it; then of the first prompts alone. */
async function conversation(config: LlamaConfig, variants: Variants, temperature: number) {
  const model = await engine.load(trainedState(config, 1), { variants });
  const first = await model.generate(randomPrompts(config, 2, lengths), options({ temperature }));
  const more = first.map(({ ids }, i) => [...ids, 1, 2, ...randomPrompts(config, i, [lengths.length - i]).flat()]);
  const second = await model.generate(more, options({ temperature, maxNewTokens: 7 }));
  const few = { ...options().draw, rollouts: [40, 41, 42] };
  const third = await model.generate(more.slice(0, 3), options({ temperature, draw: few, maxNewTokens: 16 }));
  return [first, second, third];
}

describe.each(Object.entries(configs))('tokens in one dispatch, %s', (_, config) => {
  test.each([0, 0.7, 1])('are those of passes, bit for bit, at temperature %d', async (temperature) => {
    const found = await conversation(config, inOne(plainVariants), temperature);
    expect(found).toEqual(await conversation(config, plainVariants, temperature));
    expect(new Set(found.flat().map(({ logprobs }) => logprobs.length)).size).toBeGreaterThan(2);
  });
});

test('many positions', async () => {
  const config = configs['many heads and positions'];
  const prompts = randomPrompts(config, 7, [150, 96, 63, 64, 65]);
  const draw = { ...options().draw, rollouts: [0, 1, 2, 3, 4] };
  const made = async (variants: Variants) => {
    const model = await engine.load(trainedState(config, 1), { variants, endTokens: [] });
    return await model.generate(prompts, options({ draw, maxNewTokens: 40 }));
  };
  expect(await made(inOne(plainVariants))).toEqual(await made(plainVariants));
});

test('parameters in f16', async ({ skip }) => {
  if (!engine.gpu.device.features.has('shader-f16')) skip('this adapter has no f16');
  const half = halved(plainVariants);
  const config = configs['tied, grouped-query'];
  expect(await conversation(config, inOne(half), 1)).toEqual(await conversation(config, half, 1));
});

test('sixteen tokens are one dispatch', async () => {
  const config = configs['tied, grouped-query'];
  const prompts = randomPrompts(config, 2, lengths);
  const count = async (variants: Variants) => {
    const model = await engine.load(trainedState(config, 1), { variants, endTokens: [] });
    await model.generate(prompts, options({ maxNewTokens: 1 }));
    const { dispatches } = engine.gpu.counters;
    await model.generate(prompts, options({ maxNewTokens: 32 }));
    return engine.gpu.counters.dispatches - dispatches;
  };
  expect(await count(plainVariants)).toBe(32 * (5 + 7 * config.num_hidden_layers));
  expect(await count(inOne(plainVariants))).toBe(2);
  expect(await count({ ...plainVariants, generationFew: 'single' })).toBe(32 * (5 + 7 * config.num_hidden_layers));
});

test('a model that a workgroup has no room for keeps to passes', () => {
  const wider = { ...configs['tied, grouped-query'], hidden_size: 264, head_dim: 8, num_attention_heads: 33 };
  const wordier = sizedConfig(sizes['0.1M'], 2000, 64);
  for (const config of [wider, wordier]) {
    expect(modelKernels(config, 8, inOne(plainVariants)).single).toEqual({ many: false, few: false });
  }
  expect(modelKernels(sizedConfig(sizes['5M'], 260, 64), 8, inOne(plainVariants)).single.kernel).toBeDefined();
});
