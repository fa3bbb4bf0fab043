import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { GpuMemoryError } from '../../src/gpu/errors';
import { presets, setPath, type RunConfig } from '../../src/lab/config';
import { openDecoder } from '../../src/lm/backend/open-decoder';
import { LanguageModel } from '../../src/lm/language-model';
import type { LlamaConfig } from '../../src/model/config';
import { GpuDecoder } from '../../src/lm/decoder';
import type { DecoderCapacity } from '../../src/model/capacity';
import { initialState } from '../../src/model/init';
import { parameterLayout } from '../../src/model/layout';
import { estimateDecoder, estimateMemory, type MemoryEstimate, type MemoryPlan } from '../../src/lm/memory';
import { sizedConfig, sizes, type SizeName } from '../../src/model/sizes';
import { TrainingWorkspace } from '../../src/lm/workspace';
import { randomExamples, randomSamples } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';
import { openShipped, untuned } from '../oracle/shipped-models';

/** A device a test: what one test allocates is no other's. */
let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => {
  vi.restoreAllMocks();
  engine.close();
});

const grouped: LlamaConfig = { ...tinyConfigs['tied, grouped-query'], vocab_size: 501, max_position_embeddings: 256 };

/** Models on the GPU as a plan says. */
async function build({ config, training, generation, agents }: MemoryPlan): Promise<LanguageModel[]> {
  await engine.gpu.prepare(LanguageModel.kernels(config, generation.newTokens));
  const workspace = new TrainingWorkspace(engine.gpu, config, training);
  return Array.from(
    { length: agents },
    () => new LanguageModel(engine.gpu, config, { rules: { endTokens: [0] }, workspace, generation }),
  );
}

/** What was there when the device was opened. */
let before: Record<string, number>;
beforeEach(() => {
  before = engine.gpu.memory;
});

/**
 * What is there is what was planned, label by label and by purpose: a buffer that is allocated beside the lists would be
 * missing from the estimate. Only the buffers through which results are read are not planned.
 */
function expectAsPlanned({ labels, purposes, total }: MemoryEstimate): void {
  const { staging = 0, ...memory } = engine.gpu.memory;
  const apart = { staging, ...before };
  expect(memory).toEqual({ ...before, ...labels });
  const unplanned = Object.values(apart).reduce((sum, bytes) => sum + bytes, 0);
  expect(engine.gpu.bytes).toBe(total + unplanned);
  expect(engine.gpu.memoryByPurpose).toEqual({ ...purposes, other: purposes.other + unplanned });
}

describe('the estimate is what is allocated', () => {
  const small = { slots: 1, newTokens: 1 };
  test.each<[string, MemoryPlan]>([
    [
      'two agents that generate',
      {
        config: sizedConfig(sizes['0.1M'], 260, 128),
        training: { tokens: 4096, sequences: 64 },
        generation: { slots: 64, newTokens: 40, length: 96 },
        agents: 2,
      },
    ],
    [
      'a batch in parts',
      {
        config: sizedConfig(sizes['0.9M'], 260, 256),
        training: { tokens: 8192, sequences: 64, microBatchTokens: 1024 },
        generation: small,
        agents: 1,
      },
    ],
    [
      'grouped queries and a wide vocabulary',
      { config: grouped, training: { tokens: 3001, sequences: 40 }, generation: { ...small, slots: 30 }, agents: 1 },
    ],
    [
      'an untied head',
      {
        config: { ...sizedConfig(sizes['0.9M'], 1003, 1024), tie_word_embeddings: false },
        training: { tokens: 1024, sequences: 1 },
        generation: small,
        agents: 2,
      },
    ],
  ])('%s', async (_, plan) => {
    const biggest = vi.spyOn(engine.gpu, 'buffer');
    await build(plan);
    const estimate = estimateMemory([plan]);
    expectAsPlanned(estimate);
    expect(estimate.largest.bytes).toBe(
      Math.max(...biggest.mock.results.map(({ value }) => (value as GPUBuffer).size)),
    );
  });

  test.each<[string, LlamaConfig, DecoderCapacity, number?]>([
    ['that only decodes', sizedConfig(sizes['0.9M'], 260, 256), { length: 200 }],
    ['for a short while', sizedConfig(sizes['0.9M'], 260, 1024), { length: 30, newTokens: 4 }],
    ['and several sequences', grouped, { length: 100, slots: 90 }],
    [
      'with a wide untied head',
      { ...grouped, vocab_size: 4003, tie_word_embeddings: false },
      { length: 256, slots: 3 },
    ],
    ['in several buffers', sizedConfig(sizes['0.9M'], 260, 256), { length: 60 }, 2 ** 20],
  ])('of a model %s', async (_, config, capacity, largestBuffer = engine.gpu.largestBuffer) => {
    vi.spyOn(engine.gpu, 'largestBuffer', 'get').mockReturnValue(largestBuffer);
    const biggest = vi.spyOn(engine.gpu, 'buffer');
    const options = { rules: { endTokens: [0] }, ...capacity };
    await engine.gpu.prepare(GpuDecoder.kernels(config, options));
    const decoder = new GpuDecoder(engine.gpu, config, options);
    decoder.load(initialState(config, 1, 0).parameters);
    const estimate = estimateDecoder(config, capacity, largestBuffer);
    expectAsPlanned(estimate);
    expect(estimate.largest.bytes).toBe(
      Math.max(...biggest.mock.results.map(({ value }) => (value as GPUBuffer).size)),
    );
    const { buffers } = engine.gpu.counters;
    await decoder.next([1, 2, 3]);
    await decoder.next([1, 2, 3, 4]);
    expect(engine.gpu.counters.buffers).toBe(buffers);
  });

  test.each(['tiny', 'standard'] as const)('of a run of the %s preset', async (preset) => {
    const { memory } = await load(presets[preset]);
    expectAsPlanned(memory);
  });
});

const load = (config: RunConfig) => openShipped(engine.gpu, config);

/**
 * Bytes on paper: parameters, gradient and both moments of the policy alone, and of every token what a backward pass by hand
 * cannot do without: of each layer its input, queries, keys, values, attention's result and log-sum-exp, the stream between
 * the blocks, gate, up and their product, and 1 / rms twice; behind the layers the stream, its 1 / rms and the logits. Not the
 * reference policy, no copy in another layout, no gradient of an activation.
 */
function paperBytes(config: LlamaConfig, tokens: number): number {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads, num_hidden_layers } = config;
  const kv = config.num_key_value_heads * config.head_dim;
  const layer = hidden + hidden + 2 * kv + hidden + heads + hidden + 3 * inner + 2;
  const saved = num_hidden_layers * layer + hidden + 1 + config.vocab_size;
  return 4 * (4 * parameterLayout(config).count + tokens * saved);
}

describe('training takes at most one and a half times what it takes on paper', () => {
  test.for<[SizeName, number]>([
    ['0.1M', 1024],
    ['0.9M', 2048],
    ['5M', 2048],
  ])('%s, %d tokens', async ([size, tokens], { annotate }) => {
    const config = sizedConfig(sizes[size], 256, 128);
    const [model] = await build({
      config,
      training: { tokens, sequences: tokens / 64 },
      generation: { slots: 1, newTokens: 1 },
      agents: 1,
    });
    model.load(initialState(config, 1, 0));
    const { buffers } = engine.gpu.counters;
    const options = { learningRate: 1e-3, gradientClip: 1 };
    await model.supervise(randomExamples(config, 1, [9]), options);
    await model.update(randomSamples(config, 1, [9]), {
      ...options,
      ...{ beta: 0.01, epsilon: 0.2, lossMean: 'tokens', normalize: true, updatesPerBatch: 1 },
    });
    expect(engine.gpu.counters.buffers).toBe(buffers);
    const [paper, allocated] = [paperBytes(config, tokens), engine.gpu.peakBytes];
    const ratio = allocated / paper;
    const megabytes = [paper, allocated].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
    await annotate(`on paper ${megabytes[0]}, allocated ${megabytes[1]}, ratio ${ratio.toFixed(2)}`);
    expect(ratio).toBeLessThan(1.5);
  });
});

describe('a run that needs larger buffers than the adapter allows', () => {
  it('is refused before anything is allocated, with settings that fit', async () => {
    const { gpu } = engine;
    const before = gpu.bytes;
    vi.spyOn(gpu, 'largestBuffer', 'get').mockReturnValue(2 ** 21);
    const error = await load(presets.standard).then(
      () => null,
      (reason: unknown) => reason as GpuMemoryError,
    );
    expect(error).toBeInstanceOf(GpuMemoryError);
    expect(gpu.bytes).toBe(before);
    const [, tokens, batch] = /micro_batch_tokens to at most (\d+), or rollout.batch to at most (\d+)/.exec(
      error!.message,
    )!;
    // The same limit is held when buffers are made, so these loads would throw of it.
    for (const [path, most] of [
      ['optimizer.micro_batch_tokens', tokens],
      ['rollout.batch', batch],
    ]) {
      await expect(load(setPath(presets.standard, path, most))).resolves.toBeDefined();
      const more = setPath(presets.standard, path, String(Number(most) + 16));
      await expect(load(more)).rejects.toThrow(GpuMemoryError);
    }
  });

  it('is refused a decoder too, with a length that fits', async () => {
    const { gpu } = engine;
    const before = gpu.bytes;
    vi.spyOn(gpu, 'largestBuffer', 'get').mockReturnValue(2 ** 19);
    const config = { ...sizedConfig(sizes['0.1M'], 64, 2048), num_hidden_layers: 1 };
    const read = (length: number) => {
      const room = { length, advice: (most: number) => `Read at most ${most}.` };
      return openDecoder(gpu, initialState(config, 1, 0), room, { rules: { endTokens: [0] } }, untuned);
    };
    const refusal = await read(2048).then(
      () => null,
      (reason: unknown) => reason as GpuMemoryError,
    );
    expect(refusal).toBeInstanceOf(GpuMemoryError);
    expect(gpu.bytes).toBe(before);
    const most = Number(/Read at most (\d+)/.exec(refusal!.message)![1]);
    await expect(read(most + 1)).rejects.toThrow(GpuMemoryError);
    const { decoder } = await read(most);
    await expect(decoder.next([1, 2, 3])).resolves.toHaveLength(64);
  });

  it('is refused a decoder whose head is too large, and told which would fit', async () => {
    vi.spyOn(engine.gpu, 'largestBuffer', 'get').mockReturnValue(2 ** 18);
    const config = { ...sizedConfig(sizes['0.1M'], 0, 64), vocab_size: 0 };
    const openWith = (words: number) => {
      const state = initialState({ ...config, vocab_size: words }, 1, 0);
      return openDecoder(engine.gpu, state, { length: 8, advice: String }, { rules: { endTokens: [0] } }, untuned);
    };
    const most = 2 ** 16 / config.hidden_size;
    await expect(openWith(most + 4)).rejects.toThrow(
      `This needs 0.3 MiB in one buffer (embedding), and the GPU allows 0.3 MiB. Choose a model whose largest matrix has at most 65536 numbers; here it has ${most + 4} × ${config.hidden_size}.`,
    );
    const { decoder } = await openWith(most);
    await expect(decoder.next([1, 2, 3])).resolves.toHaveLength(most);
  });

  it('says so of agents that are too large for any batch', async () => {
    vi.spyOn(engine.gpu, 'largestBuffer', 'get').mockReturnValue(2 ** 18);
    await expect(load(presets.standard)).rejects.toThrow(/at most 65536 parameters/);
  });
});
