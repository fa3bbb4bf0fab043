import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source';
import { readAgentFiles, readModelFiles, writeAgentFiles } from '../../src/checkpoint/agent-files';
import { AgentFilesError } from '../../src/checkpoint/folder';
import { ModelConfigError, readLlamaConfig } from '../../src/checkpoint/llama-config';
import {
  readSafetensors,
  SafetensorsError,
  type StoredTensor,
  writeSafetensors,
} from '../../src/checkpoint/safetensors';
import { UnsupportedModelError } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { storiesAreHere, storiesFolder } from '../oracle/stories';
import { agentState, smallConfig } from './fixtures';

const tensorsOf = async (file: Uint8Array) => {
  const { tensors } = await readSafetensors(bytesSource(file));
  return await Promise.all(
    [...tensors.values()].map(async ({ name, shape, read }) => ({ name, shape, data: await read() })),
  );
};

const tokenizer = { version: '1.0' };
const json = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('an agent as files', () => {
  it.each([true, false])('gives the same state back, bit for bit, tied: %s', async (tie_word_embeddings) => {
    const state = agentState(1, { ...smallConfig, tie_word_embeddings });
    const files = writeAgentFiles('feedback', state, tokenizer, { training: true });
    expect(await readAgentFiles(files, { training: true })).toEqual(state);
    expect((await readSafetensors(bytesSource(files['model.safetensors']))).tensors.has('lm_head.weight')).toBe(
      !tie_word_embeddings,
    );
  });

  it('without training starts a run: no moments, itself the reference', async () => {
    const state = agentState(1);
    const files = writeAgentFiles('feedback', state, tokenizer, { training: false });
    expect(Object.keys(files)).not.toContain('optimizer.safetensors');
    const zero = new Float32Array(state.parameters.length);
    const start = { firstMoment: zero, secondMoment: zero, reference: state.parameters, updates: 0 };
    const read = await readAgentFiles(files, { training: false });
    expect(read).toEqual({ ...state, ...start });
    expect(read.reference).not.toBe(read.parameters);
  });

  it('is a folder that transformers opens: config, special tokens and the chat layout', () => {
    const files = writeAgentFiles('conversation', agentState(1), tokenizer, { training: false });
    expect(json(files['config.json'])).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_act: 'silu',
      torch_dtype: 'float32',
      eos_token_id: 6,
      pad_token_id: 0,
      ...smallConfig,
    });
    expect(json(files['tokenizer_config.json'])).toMatchObject({
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: '<user>',
      eos_token: '<end>',
      clean_up_tokenization_spaces: false,
    });
    expect(json(files['tokenizer_config.json']).chat_template).toContain("{{ ' <assistant>' }}");
    expect(json(files['tokenizer.json'])).toEqual(tokenizer);
  });

  it('refuses what does not belong together, and says what to do', async () => {
    const state = agentState(1);
    const files = writeAgentFiles('a', state, tokenizer, { training: true });
    const without = { ...files };
    delete without['reference.safetensors'];
    const model = await tensorsOf(files['model.safetensors']);
    const moments = await tensorsOf(files['optimizer.safetensors']);
    const changed = (file: string, content: Uint8Array) => ({ ...files, [file]: content });
    const extra = { name: 'x', shape: [1], data: Float32Array.of(1) };
    const negative = moments.map((one) => ({ ...one, data: one.data.map((value) => -value) }));
    const cases: [Record<string, Uint8Array>, RegExp][] = [
      [without, /agent has no reference.safetensors/],
      [
        changed('config.json', encode({ ...smallConfig, model_type: 'llama', vocab_size: 12 })),
        /is \[11, 16\] where \[12, 16\]/,
      ],
      [changed('config.json', Uint8Array.of(123)), /config.json is not JSON/],
      [changed('model.safetensors', writeSafetensors(model.slice(1))), /has no "model.embed_tokens.weight"/],
      [changed('model.safetensors', writeSafetensors([...model, extra])), /nothing in the model is called "x"/],
      [changed('optimizer.safetensors', writeSafetensors(moments)), /how many updates/],
      [changed('optimizer.safetensors', writeSafetensors(moments, { updates: '1.5' })), /how many updates/],
      [changed('optimizer.safetensors', writeSafetensors(negative, { updates: '1' })), /negative second moment/],
      [changed('optimizer.safetensors', writeSafetensors([...moments, extra], { updates: '1' })), /more than AdamW/],
    ];
    for (const [broken, message] of cases) {
      await expect(async () => await readAgentFiles(broken, { training: true })).rejects.toThrow(AgentFilesError);
      await expect(async () => await readAgentFiles(broken, { training: true })).rejects.toThrow(message);
    }
    const nan = agentState(1);
    nan.parameters[0] = NaN;
    expect(() => writeAgentFiles('a', nan, tokenizer, { training: true })).toThrow(SafetensorsError);
  });

  it('takes a tied head that stands beside the embedding for the embedding, and another one for a head', async () => {
    const files = writeAgentFiles('a', agentState(1), tokenizer, { training: false });
    const model = await tensorsOf(files['model.safetensors']);
    const head = { ...model[0], name: 'lm_head.weight' };
    const { parameters } = await readModelFiles(files);
    expect(
      (await readModelFiles({ ...files, 'model.safetensors': writeSafetensors([...model, head]) })).parameters,
    ).toEqual(parameters);
    const other = { ...head, data: head.data.map((value) => value + 1) };
    const untied = { ...files, 'model.safetensors': writeSafetensors([...model, other]) };
    expect((await readModelFiles(untied)).config.tie_word_embeddings).toBe(false);
    const place = parameterLayout({ ...smallConfig, tie_word_embeddings: false }).head;
    expect((await readModelFiles(untied)).parameters.subarray(place.offset, place.offset + place.size)).toEqual(
      other.data,
    );
  });
});

describe('config.json', () => {
  const llama = { model_type: 'llama', ...smallConfig };

  it('fills in what transformers leaves out', () => {
    const { head_dim, num_key_value_heads, rope_theta, tie_word_embeddings, ...rest } = llama;
    expect(readLlamaConfig({ ...rest, rope_parameters: { rope_type: 'default', rope_theta: 5e5 } })).toEqual({
      ...smallConfig,
      head_dim,
      num_key_value_heads: smallConfig.num_attention_heads,
      rope_theta: 5e5,
      tie_word_embeddings: false,
    });
    expect(num_key_value_heads).not.toBe(smallConfig.num_attention_heads);
    expect([rope_theta, tie_word_embeddings]).toEqual([10_000, true]);
  });

  it.each([
    ['model_type', { ...llama, model_type: 'gpt2' }],
    ['hidden_act', { ...llama, hidden_act: 'gelu' }],
    ['attention_bias', { ...llama, attention_bias: true }],
    ['rope_scaling', { ...llama, rope_scaling: { type: 'dynamic', factor: 2 } }],
    ['num_hidden_layers', { ...llama, num_hidden_layers: 1e9 }],
    ['vocab_size', { ...llama, vocab_size: '11' }],
    ['rms_norm_eps', { ...llama, rms_norm_eps: 0 }],
    ['the file', null],
  ])('refuses another model, naming %s', (key, config) => {
    expect(() => readLlamaConfig(config)).toThrow(ModelConfigError);
    expect(() => readLlamaConfig(config)).toThrow(key);
  });

  it('refuses sizes that the engine does not compute', () => {
    expect(() => readLlamaConfig({ ...llama, num_key_value_heads: 3 })).toThrow(UnsupportedModelError);
  });
});

it.skipIf(!storiesAreHere)('reads a folder written by transformers, and writes one that reads the same', async () => {
  const files = Object.fromEntries(
    readdirSync(storiesFolder).map((file) => [file, readFileSync(storiesFolder + file)]),
  );
  const { config, parameters } = await readModelFiles(files, 'stories260k');
  expect(config).toMatchObject({ num_hidden_layers: 5, head_dim: 8, tie_word_embeddings: true });
  expect(parameters.length).toBe(parameterLayout(config).size);
  const state = { config, parameters, firstMoment: parameters, secondMoment: parameters.map(Math.abs) };
  const written = writeAgentFiles('stories', { ...state, reference: parameters, updates: 0 }, tokenizer, {
    training: false,
  });
  expect((await readModelFiles(written)).config).toEqual(config);
  const ours = (await readSafetensors(bytesSource(written['model.safetensors']))).tensors;
  const theirs = (await readSafetensors(bytesSource(files['model.safetensors']))).tensors;
  const bits = async (tensor: StoredTensor) => Buffer.from((await tensor.read()).buffer);
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [name, tensor] of theirs) {
    expect(ours.get(name)!.shape).toEqual(tensor.shape);
    expect((await bits(ours.get(name)!)).equals(await bits(tensor))).toBe(true);
  }
});
