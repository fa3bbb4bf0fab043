import { expect, it } from 'vitest';
import { specsOf, type BufferSpec } from '../../src/gpu/buffer-spec';
import { memoryByLabel, memoryByPurpose } from '../../src/gpu/memory';
import { purposes } from '../../src/model/purposes';
import { cacheBuffers } from '../../src/lm/key-value-cache';
import { workspaceBuffers } from '../../src/lm/workspace';
import { tinyConfigs } from '../oracle/configs';

it('adds up every byte once', () => {
  const buffers: BufferSpec[] = [
    { label: 'parameters', purpose: 'parameters', bytes: 8 },
    { label: 'transposed-weights', purpose: 'parameters', bytes: 8 },
    { label: 'first-moment', purpose: 'optimizer', bytes: 4 },
    { label: 'scratch', purpose: 'activations', bytes: 16 },
    { label: 'scratch', purpose: 'activations', bytes: 32 },
    { label: 'dims', purpose: 'other', bytes: 1 },
  ];
  const sums = memoryByPurpose(buffers);
  expect(sums).toEqual({
    ...{ parameters: 16, optimizer: 4, gradients: 0, activations: 48, 'key-value cache': 0, other: 1 },
  });
  expect(Object.keys(sums)).toEqual([...purposes]);
  expect(memoryByLabel(buffers)).toEqual({
    ...{ parameters: 8, 'transposed-weights': 8, 'first-moment': 4, scratch: 48, dims: 1 },
  });
});

it('knows a training pass’s keys and values from a cache', () => {
  const config = tinyConfigs['tied, grouped-query'];
  const layers = config.num_hidden_layers;
  const kv = 2 * config.num_key_value_heads * config.head_dim;
  const [workspace, cache] = [
    specsOf(workspaceBuffers(config, { tokens: 40, sequences: 2 })),
    specsOf(cacheBuffers(config, { slots: 3, length: 20 }, false)),
  ];
  const keysAndValues = workspace.filter(({ label }) => label === 'kv');
  expect(keysAndValues).toEqual(keysAndValues.map(() => ({ label: 'kv', purpose: 'activations', bytes: 4 * 40 * kv })));
  expect(keysAndValues).toHaveLength(layers);
  expect(memoryByPurpose(cache)['key-value cache']).toBe(layers * 4 * 3 * 20 * kv);
});
