import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import { writeAgentFiles } from '../../src/checkpoint/agent-files';
import type { Files } from '../../src/checkpoint/folder';
import { isUsed, readGuest } from '../../src/checkpoint/guest-files';
import { tokenRules } from '../../src/checkpoint/guest-rules';
import { GuestTokenizer } from '../../src/checkpoint/guest-tokenizer';
import { ModelConfigError, readLlamaConfig } from '../../src/checkpoint/llama-config';
import { inverseFrequencies } from '../../src/model/rope';
import { startingState } from '../../src/model/state';
import { computed, referenceFiles, references } from '../reference/models';
import { caseJson, casesAreHere } from '../reference/shared';
import { decode, encode } from './guest-folder';

/** Within a millionth, as numbers in single precision are. */
function expectFrequencies(found: Float64Array, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((frequency, i) => expect(Math.abs(found[i] - frequency)).toBeLessThan(1e-6));
}

describe('a folder that transformers wrote', () => {
  it.each(Object.entries(references))('is read as transformers reads it: %s', async (name, expected) => {
    const files = referenceFiles(name);
    const { guest } = await readGuest(sourcesOf(files), name);
    expect(Object.keys(files).every(isUsed)).toBe(Object.keys(files).length > 0);
    expect(guest.config).toMatchObject({ ...expected.config, tie_word_embeddings: expected.tied });
    expectFrequencies(inverseFrequencies(guest.config), expected.inv_freq);
  });

  it.each(computed)('has the same words and ends: %s', async (name, { texts, end_tokens }) => {
    const { guest } = await readGuest(sourcesOf(referenceFiles(name)), name);
    expect([...guest.endTokens].sort((a, b) => a - b)).toEqual(end_tokens);
    const tokenizer = new GuestTokenizer(guest);
    for (const { text, prompt_ids } of texts) expect(tokenizer.encode(text)).toEqual(prompt_ids);
  });

  it('says what is not as its config.json has it', async () => {
    const notes = async (name: string) => (await readGuest(sourcesOf(referenceFiles(name)), name)).notes.join(' ');
    expect(await notes('bf16')).toBe('');
    expect(await notes('tied-with-a-head')).toMatch(/lm_head\.weight is another matrix: they are not tied/);
    expect(await notes('no-head')).toMatch(/no lm_head\.weight: its head is random/);
    const { 'generation_config.json': _, ...endless } = referenceFiles('defaults-left-out');
    const { guest, notes: said } = await readGuest(sourcesOf(endless), 'somebody');
    expect(guest.endTokens).toEqual([2]);
    expect(said).toEqual([expect.stringMatching(/which token ends a text: it is token 2, as in transformers/)]);
  });

  it('has no word for the ids that pad its vocabulary', async () => {
    const padding = Array.from({ length: 32 }, (_, i) => 128 + i);
    expect(tokenRules((await readGuest(sourcesOf(referenceFiles('padded')), 'padded')).guest).suppressTokens).toEqual(
      padding,
    );
    expect(tokenRules((await readGuest(sourcesOf(referenceFiles('bf16')), 'bf16')).guest).suppressTokens).toEqual([]);
  });

  it('keeps its RoPE when it is written and read again', async () => {
    for (const name of ['linear', 'llama3', 'theta']) {
      const { config, parameters, tokenizer } = (await readGuest(sourcesOf(referenceFiles(name)), name)).guest;
      const written = writeAgentFiles('a', startingState(config, parameters!), tokenizer, { training: false });
      expect(readLlamaConfig(decode(written['config.json']))).toEqual(config);
    }
  });
});

describe('where the weights are', async () => {
  const INDEX = 'model.safetensors.index.json';
  const { 'model.safetensors': weights, ...rest } = referenceFiles('bf16');
  const expected = (await readGuest(sourcesOf(referenceFiles('bf16')), 'bf16')).guest.parameters;
  const names = Object.keys((JSON.parse(new TextDecoder().decode(headerOf(weights))) as object) ?? {});
  const index = (file: string) =>
    encode({
      weight_map: Object.fromEntries(names.filter((name) => name !== '__metadata__').map((name) => [name, file])),
    });

  const layouts: [string, Files][] = [
    [
      'an index that names weights.safetensors',
      { ...rest, 'weights.safetensors': weights, [INDEX]: index('weights.safetensors') },
    ],
    ['a lone shard without an index', { ...rest, 'model-00001-of-00001.safetensors': weights }],
    [
      'a stray file beside an index',
      {
        ...rest,
        'model-00001-of-00001.safetensors': weights,
        [INDEX]: index('model-00001-of-00001.safetensors'),
        'model.safetensors': referenceFiles('f16-untied')['model.safetensors'],
      },
    ],
  ];
  it.each(layouts)('%s', async (_, files) => {
    expect(Object.keys(files).every(isUsed)).toBe(true);
    expect((await readGuest(sourcesOf(files), 'somebody')).guest.parameters).toEqual(expected);
  });

  it('says which shard is missing', async () => {
    const { 'model-00002-of-00003.safetensors': _, ...files } = referenceFiles('shards');
    await expect(async () => await readGuest(sourcesOf(files), 'somebody')).rejects.toThrow(
      /somebody has no model-00002-of-00003\.safetensors/,
    );
    await expect(
      async () => await readGuest(sourcesOf({ ...files, 'model.safetensors': weights }), 'somebody'),
    ).rejects.toThrow(/model-00002-of-00003/);
  });

  it('leaves what training keeps beside them', () => {
    expect(['optimizer.safetensors', 'reference.safetensors', 'sub/model.safetensors'].some(isUsed)).toBe(false);
  });
});

describe.skipIf(!casesAreHere)('the configs on file', () => {
  type Answer = Record<string, unknown> & { inv_freq: number[] };
  const answers = casesAreHere ? (caseJson('expected.json').config as Record<string, Answer>) : {};
  const refused: Record<string, RegExp> = {
    'partial-rotary': /: partial_rotary_factor: it is 0\.5/,
    quantized: /: quantization_config: its weights are quantised/,
    'rope-scaling-yarn': /: rope_scaling\.rope_type: it is "yarn"/,
  };

  it.each(Object.entries(answers))('%s', (name, { inv_freq, attention_scaling, rope_parameters, ...expected }) => {
    const json = caseJson(`config/${name}.json`);
    if (Object.hasOwn(refused, name)) {
      expect(() => readLlamaConfig(json)).toThrow(ModelConfigError);
      expect(() => readLlamaConfig(json)).toThrow(refused[name]);
      return;
    }
    const config = readLlamaConfig(json);
    expect(attention_scaling).toBe(1);
    expect(config).toMatchObject(expected);
    expect(config.rope_theta).toBe((rope_parameters as { rope_theta: number }).rope_theta);
    expectFrequencies(inverseFrequencies(config), inv_freq);
  });

  it('that give two θ are told so', async () => {
    const files = referenceFiles('bf16');
    const { rope_theta, rope_parameters } = caseJson('config/rope-parameters-and-theta-differ.json');
    const config = { ...decode(files['config.json']), rope_theta, rope_parameters };
    const { guest, notes } = await readGuest(sourcesOf({ ...files, 'config.json': encode(config) }), 'somebody');
    expect(guest.config.rope_theta).toBe(100_000);
    expect(notes).toEqual([expect.stringMatching(/two θ for RoPE: 100000 in rope_parameters, which is used/)]);
  });
});

describe('what is not computed', () => {
  const plain = decode(referenceFiles('bf16')['config.json']);
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['dynamic RoPE', { rope_scaling: { type: 'dynamic', factor: 2 } }, /rope_scaling\.type: it is "dynamic"/],
    ['longrope', { rope_parameters: { rope_type: 'longrope' } }, /rope_parameters\.rope_type: it is "longrope"/],
    ['linear RoPE without a factor', { rope_scaling: { rope_type: 'linear' } }, /rope_scaling\.factor: it is missing/],
    ['RoPE of some layers', { rope_parameters: { full_attention: {} } }, /rope_parameters\.full_attention/],
    ['partial RoPE', { rope_parameters: { partial_rotary_factor: 0.25 } }, /rope_parameters\.partial_rotary_factor/],
    ['biases', { attention_bias: true }, /attention_bias/],
    ['another activation', { hidden_act: 'gelu' }, /hidden_act/],
    ['a θ of text', { rope_parameters: { rope_theta: '1e4' } }, /rope_parameters\.rope_theta: it is "1e4"/],
  ];
  it.each(cases)('is refused by name: %s', (_, changes, message) => {
    expect(() => readLlamaConfig({ ...plain, ...changes })).toThrow(ModelConfigError);
    expect(() => readLlamaConfig({ ...plain, ...changes })).toThrow(message);
  });

  it('is taken where it changes nothing', () => {
    const expected = readLlamaConfig(plain);
    const nothing = { rope_scaling: null, rope_theta: 7, partial_rotary_factor: 1, quantization_config: null };
    expect(readLlamaConfig({ ...plain, ...nothing, hidden_act: 'swish' })).toEqual(expected);
    expect(readLlamaConfig({ ...plain, rope_scaling: {}, dtype: 'bfloat16' })).toEqual(expected);
  });
});

function headerOf(file: Uint8Array): Uint8Array {
  return file.subarray(8, 8 + Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true)));
}
