import { beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { OnnxError } from '../../src/checkpoint/onnx-graph';
import { NotFiniteError } from '../../src/checkpoint/safetensors';
import { parameterLayout } from '../../src/model/layout';
import { sizedConfig, sizes } from '../../src/model/sizes';
import { oracleState, randomState } from '../oracle/agent';
import { randomPrompts } from '../oracle/batches';
import { relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { forward } from '../oracle/decoder';
import { OnnxDecoder } from '../oracle/onnx';
import { Random } from '../../src/random/philox';
import type { LlamaConfig } from '../../src/model/config';

function stateOf(config: LlamaConfig, scale?: number) {
  const random = new Random(1, 'weights');
  return randomState(config, () => random.uniform(), scale);
}

const flat = (rows: readonly Float64Array[]) => Float64Array.from(rows.flatMap((row) => [...row]));
const tolerance = { f32: 1e-4, f16: 1e-2 };

describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
  const state = stateOf(config);
  const oracle = oracleState(state);
  const prompts = randomPrompts(config, 3, [9, 4, 1, 12]);

  describe.each(['f32', 'f16'] as const)('%s', (precision) => {
    let decoder: OnnxDecoder;
    beforeAll(async () => {
      decoder = await OnnxDecoder.open(state, precision);
    });
    const logitsOf = (ids: readonly number[]) => forward(oracle, ids).logits;
    const near = (logits: readonly Float64Array[], expected: Float64Array) =>
      expect(relativeDifference(flat(logits), expected)).toBeLessThan(tolerance[precision]);

    it('gives the reference’s logits', async () => {
      for (const prompt of prompts) {
        const [logits] = await decoder.batch().read([prompt]);
        near(logits, logitsOf(prompt));
      }
    });

    it('gives them for a batch padded on the left, whatever the padding is', async () => {
      const logits = await decoder.batch().read(prompts);
      prompts.forEach((prompt, i) => near(logits[i], logitsOf(prompt)));
    });

    it('gives them token by token and piece by piece from the cache', async () => {
      const further = randomPrompts(config, 4, [6, 6, 6, 6]);
      const batch = decoder.batch();
      await batch.read(prompts);
      const pieces = [
        await batch.read(further.map((ids) => ids.slice(0, 1))),
        await batch.read(further.map((ids) => ids.slice(1, 2))),
        await batch.read(further.map((ids) => ids.slice(2))),
      ];
      prompts.forEach((prompt, i) => {
        const expected = logitsOf([...prompt, ...further[i]]).subarray(prompt.length * config.vocab_size);
        near(
          pieces.flatMap((piece) => piece[i]),
          expected,
        );
      });
    });

    it('reads up to the last position', async () => {
      const [prompt] = randomPrompts(config, 5, [config.max_position_embeddings]);
      const [logits] = await decoder.batch().read([prompt]);
      near(logits, logitsOf(prompt));
    });

    it('has the names, types and shapes that decoders have elsewhere', () => {
      const type = precision === 'f16' ? 'float16' : 'float32';
      const { num_hidden_layers, num_key_value_heads: kvHeads, head_dim, vocab_size } = config;
      const tensor = (name: string, type: string, ...shape: (number | string)[]) => {
        return { name, isTensor: true, type, shape };
      };
      const caches = (name: string, length: string) =>
        Array.from({ length: num_hidden_layers }, (_, i) =>
          ['key', 'value'].map((part) => tensor(`${name}.${i}.${part}`, type, 'batch_size', kvHeads, length, head_dim)),
        ).flat();
      expect(decoder.session.inputMetadata).toEqual([
        tensor('input_ids', 'int64', 'batch_size', 'sequence_length'),
        tensor('attention_mask', 'int64', 'batch_size', 'total_sequence_length'),
        tensor('position_ids', 'int64', 'batch_size', 'sequence_length'),
        ...caches('past_key_values', 'past_sequence_length'),
      ]);
      expect(decoder.session.outputMetadata).toEqual([
        tensor('logits', 'float32', 'batch_size', 'sequence_length', vocab_size),
        ...caches('present', 'total_sequence_length'),
      ]);
    });
  });
});

it.each(['f32', 'f16'] as const)('holds every weight once, a tied embedding too (%s)', (precision) => {
  const config = sizedConfig(sizes['0.9M'], 400, 64);
  const values = parameterLayout(config).count + config.max_position_embeddings * config.head_dim;
  const data = values * (precision === 'f16' ? 2 : 4);
  const { length } = writeOnnx(stateOf(config), { precision });
  expect(length).toBeGreaterThan(data);
  expect(length).toBeLessThan(data + 32_000);
});

it.each(['0.9M', '5M'] as const)('keeps to the tolerance at %s too', async (size) => {
  const state = stateOf(sizedConfig(sizes[size], 400, 64), 0.05);
  const [ids] = randomPrompts(state.config, 6, [24]);
  const expected = forward(oracleState(state), ids).logits;
  for (const precision of ['f32', 'f16'] as const) {
    const [logits] = await (await OnnxDecoder.open(state, precision)).batch().read([ids]);
    expect(relativeDifference(flat(logits), expected), precision).toBeLessThan(tolerance[precision]);
  }
});

describe('what cannot be written', () => {
  const config = tinyConfigs['tied, grouped-query'];
  const spoiled = (value: number) => {
    const state = stateOf(config);
    state.parameters[5] = value;
    return state;
  };

  it('is a NaN or an infinity', () => {
    for (const value of [NaN, Infinity]) {
      expect(() => writeOnnx(spoiled(value), { precision: 'f32' })).toThrow(NotFiniteError);
    }
  });

  it('is a weight beyond f16, in f16 alone', () => {
    expect(() => writeOnnx(spoiled(-65_520), { precision: 'f16' })).toThrow(OnnxError);
    expect(() => writeOnnx(spoiled(65_519), { precision: 'f16' })).not.toThrow();
    expect(() => writeOnnx(spoiled(-65_520), { precision: 'f32' })).not.toThrow();
  });
});
