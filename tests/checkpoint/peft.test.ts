import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import type { Files } from '../../src/checkpoint/folder';
import { ADAPTER_CONFIG } from '../../src/checkpoint/peft/adapter-config';
import { ADAPTER_WEIGHTS, readAdapter, writeAdapter } from '../../src/checkpoint/peft/adapter-files';
import { readSafetensors, writeSafetensors } from '../../src/checkpoint/safetensors';
import { defaultLora, loraLayout, type LoraConfig } from '../../src/model/lora';
import { initialLora } from '../../src/model/lora-state';
import { tinyConfigs } from '../oracle/configs';
import { decode, encode } from './guest-folder';

const [config] = Object.values(tinyConfigs);
const lora: LoraConfig = { ...defaultLora, r: 2, lora_alpha: 4 };
const { parameters } = initialLora(config, lora, 3, 0);
parameters.forEach((_, i) => (parameters[i] = Math.sin(i)));
// Gaps between tensors are nobody's.
const ours = () => writeAdapter(config, { lora, parameters }, 'some/base');
const read = (files: Files) => readAdapter(sourcesOf(files), config, 'adapter');

function withConfig(change: Record<string, unknown>): Files {
  const files = ours();
  return { ...files, [ADAPTER_CONFIG]: encode({ ...decode(files[ADAPTER_CONFIG]), ...change }) };
}

/** With each tensor's name, and what is in it, changed; null leaves it out. */
async function withTensors(
  change: (name: string, data: Float32Array<ArrayBuffer>) => { name?: string; shape?: number[] } | null,
): Promise<Files> {
  const { tensors } = await readSafetensors(sourcesOf(ours())[ADAPTER_WEIGHTS]);
  const changed = [];
  for (const { name, shape, read: values } of tensors.values()) {
    const data = await values();
    const other = change(name, data);
    if (other) changed.push({ name, shape, data, ...other });
  }
  return { ...ours(), [ADAPTER_WEIGHTS]: writeSafetensors(changed) };
}

const valuesOf = (from: LoraConfig, flat: Float32Array) =>
  loraLayout(config, from).tensors.map(({ offset, size }) => flat.slice(offset, offset + size));

describe('an adapter in the files of PEFT', () => {
  it('comes back as it went', async () => {
    const back = await read(ours());
    expect(back.lora).toEqual(lora);
    expect(valuesOf(lora, back.parameters)).toEqual(valuesOf(lora, parameters));
    expect(decode(ours()[ADAPTER_CONFIG])).toMatchObject({
      peft_type: 'LORA',
      base_model_name_or_path: 'some/base',
      r: 2,
    });
  });

  it.each<[string, Partial<LoraConfig>]>([
    [
      'ranks and alphas by pattern',
      { rank_pattern: { down_proj: 5, 'layers.1.self_attn.q_proj': 3 }, alpha_pattern: { v_proj: 9 } },
    ],
    [
      'one layer, some projections, rank-stabilised',
      { layers_to_transform: [1], target_modules: ['q_proj', 'v_proj'], use_rslora: true },
    ],
  ])('comes back with %s', async (_, more) => {
    const other = { ...lora, ...more };
    const state = initialLora(config, other, 4, 1);
    const back = await read(writeAdapter(config, { lora: other, parameters: state.parameters }, null));
    expect(back.lora).toEqual(other);
    expect(valuesOf(other, back.parameters)).toEqual(valuesOf(other, state.parameters));
  });

  it('may name all linear layers, and patterns as PEFT writes whole names', async () => {
    const all = await read(withConfig({ target_modules: 'all-linear' }));
    expect(all.lora.target_modules).toEqual(defaultLora.target_modules);
    const { lora: patterned } = await read(withConfig({ alpha_pattern: { '^model.layers.0.self_attn.q_proj': 8 } }));
    const scales = loraLayout(config, patterned).modules.map(({ scale }) => scale);
    expect(scales.slice(0, 2)).toEqual([4, 2]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another kind', { peft_type: 'IA3' }, /peft_type is "IA3", and LORA alone/],
    ['DoRA', { use_dora: true }, /use_dora is set: DoRA is not computed here/],
    ['biases', { bias: 'all' }, /bias is "all"/],
    ['biases of its own', { lora_bias: true }, /lora_bias is true/],
    ['modules beside it', { modules_to_save: ['lm_head'] }, /modules_to_save is \["lm_head"\]/],
    ['turned weights', { fan_in_fan_out: true }, /fan_in_fan_out is true/],
    [
      'a base that is taken apart',
      { init_lora_weights: 'pissa' },
      /init_lora_weights is "pissa", which changes the base/,
    ],
    ['something of tomorrow', { use_tomorrow: true }, /use_tomorrow is true, which is not computed here/],
    ['a target without a place', { target_modules: ['q_proj', 'lm_head'] }, /names "lm_head"/],
    ['targets by a regular expression', { target_modules: '.*q_proj' }, /is a regular expression/],
    [
      'a pattern that is one',
      { rank_pattern: { '.*q_proj': 3 } },
      /rank_pattern has "\.\*q_proj", a regular expression/,
    ],
    [
      'a pattern of none of its targets',
      { alpha_pattern: { lm_head: 3 } },
      /names "lm_head", which is none of its targets/,
    ],
    ['a layer that is not there', { layers_to_transform: [7] }, /layer 7, and the model has layers 0 to 1/],
    ['no rank', { r: 0 }, /r is not what PEFT writes there/],
    ['a rank without an end', { r: 1e9 }, /r is not what PEFT writes there/],
    ['fewer targets than tensors', { target_modules: ['q_proj'] }, /"base_model.*k_proj.*" has no place in this model/],
    ['another rank than its tensors', { r: 3 }, /is \[2, 32\] where \[3, 32\] is needed/],
    ['no words at all', { target_modules: null }, /target_modules is not what PEFT writes there/],
  ])('is refused by name with %s', async (_, change, message) => {
    await expect(read(withConfig(change))).rejects.toThrow(message);
  });

  it('is refused where a name has one "model." too few, or the adapter’s own name in it', async () => {
    const few = withTensors((name) => ({ name: name.replace('model.model.', 'model.') }));
    await expect(read(await few)).rejects.toThrow(/a "model\." is missing in it/);
    const named = withTensors((name) => ({ name: name.replace('lora_A.', 'lora_A.default.') }));
    await expect(read(await named)).rejects.toThrow(/lora_A\.default\.weight" has no place.*the adapter's own name/);
  });

  it('is refused where a tensor is missing, is of another shape, or is no number', async () => {
    const gone = withTensors((name) => (name.endsWith('1.mlp.up_proj.lora_B.weight') ? null : {}));
    await expect(read(await gone)).rejects.toThrow(
      /has no tensor "base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"/,
    );
    const turned = withTensors((name) => (name.endsWith('0.self_attn.q_proj.lora_A.weight') ? { shape: [32, 2] } : {}));
    await expect(read(await turned)).rejects.toThrow(/is \[32, 2\] where \[2, 32\] is needed/);
    const files = ours();
    new DataView(files[ADAPTER_WEIGHTS].buffer).setUint32(files[ADAPTER_WEIGHTS].length - 4, 0x7fc0_0000, true);
    await expect(read(files)).rejects.toThrow(/NaN/);
  });

  it('is refused without one of its files', async () => {
    const { [ADAPTER_CONFIG]: own, [ADAPTER_WEIGHTS]: weights } = ours();
    await expect(read({ [ADAPTER_WEIGHTS]: weights })).rejects.toThrow(/it has no adapter_config.json/);
    await expect(read({ [ADAPTER_CONFIG]: own })).rejects.toThrow(/it has no adapter_model.safetensors/);
    await expect(read({ [ADAPTER_CONFIG]: own, 'adapter_model.bin': weights })).rejects.toThrow(
      /its weights are a pickle/,
    );
  });
});

const stock = new URL('../../../shared/models/smollm2-135m-instruct/peft-adapter/', import.meta.url).pathname;

describe.skipIf(!existsSync(stock))('the adapter that PEFT wrote', () => {
  it('is read, and written with the same tensors', async () => {
    const files = Object.fromEntries(
      [ADAPTER_CONFIG, ADAPTER_WEIGHTS].map((name) => [name, new Uint8Array(readFileSync(stock + name))]),
    );
    const smol = {
      ...{ vocab_size: 49_152, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, head_dim: 64 },
      ...{ num_attention_heads: 9, num_key_value_heads: 3, max_position_embeddings: 8192, tie_word_embeddings: true },
      ...{ rms_norm_eps: 1e-5, rope_theta: 100_000 },
    };
    const adapter = await readAdapter(sourcesOf(files), smol, 'peft-adapter');
    expect(adapter.lora).toEqual({ ...defaultLora, r: 2, lora_alpha: 4 });
    const written = sourcesOf(writeAdapter(smol, adapter, null));
    const [theirs, own] = [sourcesOf(files), written].map((one) => readSafetensors(one[ADAPTER_WEIGHTS]));
    const [{ tensors: expected }, { tensors: found }] = [await theirs, await own];
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, tensor] of expected) {
      expect(found.get(name)!.shape).toEqual(tensor.shape);
      expect(
        Buffer.compare(
          new Uint8Array((await found.get(name)!.read()).buffer),
          new Uint8Array((await tensor.read()).buffer),
        ),
      ).toBe(0);
    }
    const { layers_to_transform: _, ...settings } = decode(files[ADAPTER_CONFIG]);
    const { target_modules: targets, ...config } = decode(writeAdapter(smol, adapter, null)[ADAPTER_CONFIG]);
    for (const [key, value] of Object.entries(config)) if (key in settings) expect(value, key).toEqual(settings[key]);
    expect([...(targets as string[])].sort()).toEqual([...(settings.target_modules as string[])].sort());
  });
});
