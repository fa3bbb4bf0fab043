import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chatTemplates } from '../../src/chat/words-template';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import type { Files } from '../../src/checkpoint/folder';
import { isUsed, readGuest } from '../../src/checkpoint/guest-files';
import { GuestTokenizer } from '../../src/checkpoint/guest-tokenizer';
import { writeOnnx } from '../../src/checkpoint/onnx';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { readStoriesGuest, storiesAreHere, storiesFolder } from '../oracle/stories';
import { agentState, smallConfig } from './fixtures';
import { encode, foreignFolder, ownFolder, withJson, withValue } from './guest-folder';

const untied: LlamaConfig = { ...smallConfig, tie_word_embeddings: false, num_key_value_heads: 2 };
const refusal = async (files: Files) => {
  try {
    await readGuest(sourcesOf(files), 'somebody');
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was read.');
};

describe('a folder of a Llama', () => {
  it('of ours comes back with the same bits, its words, its layout and its end', async () => {
    const { guest, dtypes, notes } = await readGuest(sourcesOf(ownFolder()), 'somebody');
    expect(guest.parameters).toEqual(agentState(1).parameters);
    expect(guest).toMatchObject({ name: 'somebody', config: smallConfig, onnx: null, endTokens: [6] });
    expect(guest.chatTemplate).toBe(chatTemplates.conversation);
    expect(new GuestTokenizer(guest).encode('how do i dance <end>')).toEqual([7, 8, 9, 10, 6]);
    expect({ dtypes, notes }).toEqual({ dtypes: ['F32'], notes: [] });
  });

  const variants = (['F32', 'F16', 'BF16'] as const).flatMap((kind) =>
    [1, 3].flatMap((shards) => [smallConfig, untied].map((config) => ({ kind, shards, config }))),
  );
  it.each(variants)('in $kind and $shards files', async ({ kind, shards, config }) => {
    const { files, parameters } = foreignFolder(config, { kind, shards });
    const { guest, dtypes } = await readGuest(sourcesOf(files), 'somebody');
    expect(guest.parameters).toEqual(parameters);
    expect(dtypes).toEqual([kind]);
    expect(Object.keys(files).every(isUsed)).toBe(true);
  });

  it('whose RoPE stands in rope_parameters, and with several ends', async () => {
    const moved = withJson(ownFolder(), 'config.json', ({ rope_theta: _, ...json }) => {
      return { ...json, rope_parameters: { rope_type: 'default', rope_theta: 500 } };
    });
    const { guest } = await readGuest(
      sourcesOf(withJson(moved, 'generation_config.json', () => ({ eos_token_id: [6, 3] }))),
      'somebody',
    );
    expect(guest.config.rope_theta).toBe(500);
    expect(guest.endTokens).toEqual([6, 3]);
  });

  it('takes its chat template from its own file, or the default of a list', async () => {
    const listed = withJson(ownFolder(), 'tokenizer_config.json', (json) => {
      return {
        ...json,
        chat_template: [
          { name: 'tool_use', template: 'a' },
          { name: 'default', template: 'b' },
        ],
      };
    });
    expect((await readGuest(sourcesOf(listed), 'somebody')).guest.chatTemplate).toBe('b');
    const file = { ...listed, 'chat_template.jinja': new TextEncoder().encode('c') };
    expect((await readGuest(sourcesOf(file), 'somebody')).guest.chatTemplate).toBe('c');
  });

  it('continues plain text where its chat template cannot be read, and says so', async () => {
    const broken = { ...ownFolder(), 'chat_template.jinja': new TextEncoder().encode('{% for m in %}') };
    const { guest, notes } = await readGuest(sourcesOf(broken), 'somebody');
    expect(guest.chatTemplate).toBeNull();
    expect(notes).toEqual([expect.stringContaining('continues plain text')]);
  });

  it('with ONNX weights alone', async () => {
    const { 'model.safetensors': _, ...rest } = ownFolder();
    const onnx = writeOnnx(agentState(1), { precision: 'f32' });
    const { guest, dtypes } = await readGuest(sourcesOf({ ...rest, 'onnx/model.onnx': onnx }), 'somebody');
    expect(guest.parameters).toBeNull();
    expect(guest.onnx).toEqual(onnx);
    expect(dtypes).toEqual([]);
    const half = writeOnnx(agentState(1), { precision: 'f16' });
    expect(await refusal({ ...rest, 'onnx/model.onnx': half })).toMatchObject({ name: 'OnnxFileError' });
    const deeper = writeOnnx(agentState(1, { ...smallConfig, num_hidden_layers: 3 }), { precision: 'f32' });
    expect((await refusal({ ...rest, 'onnx/model.onnx': deeper })).message).toContain(
      'more layers than config.json says',
    );
    expect(await refusal({ ...rest, 'onnx/model.onnx': onnx.subarray(0, 900) })).toMatchObject({
      name: 'OnnxFileError',
    });
  });

  it.skipIf(!storiesAreHere)('of the public cuts and joins texts as its golden file has it', async () => {
    const guest = await readStoriesGuest();
    const tokenizer = new GuestTokenizer(guest);
    const golden = JSON.parse(readFileSync(`${storiesFolder}golden.json`, 'utf8')) as {
      tokenizer: { text: string; ids: number[]; decoded: string }[];
    };
    for (const { text, ids, decoded } of golden.tokenizer) {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.decode(ids, { special: false })).toBe(decoded);
    }
    expect(guest).toMatchObject({ chatTemplate: null, endTokens: [2] });
    expect(guest.parameters).toHaveLength(parameterLayout(guest.config).size);
  });
});

describe('a word like any other', () => {
  it.each(['__proto__', 'constructor', 'toString'])('%s', async (word) => {
    const { guest } = await readGuest(sourcesOf({ ...ownFolder(), 'tokenizer.json': withWord(word) }), 'somebody');
    expect(new GuestTokenizer(guest).encode(`how ${word}`)).toEqual([7, 10]);
    expect(new GuestTokenizer(guest).decode([7, 10])).toBe(`how ${word}`);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

/** The tokenizer with another last word. */
function withWord(word: string): Uint8Array {
  const text = new TextDecoder().decode(ownFolder()['tokenizer.json']);
  return new TextEncoder().encode(text.replace('"dance": 10', `${JSON.stringify(word)}: 10`));
}

describe('a folder that is refused', () => {
  const own = ownFolder();
  const without = (name: string) => Object.fromEntries(Object.entries(own).filter(([file]) => file !== name));
  const config = (change: object) => withJson(own, 'config.json', (json) => ({ ...json, ...change }));
  const tokenizer = (change: (json: Record<string, unknown>) => unknown) => withJson(own, 'tokenizer.json', change);
  const vocab = (change: Record<string, unknown>) =>
    tokenizer(({ model, ...json }) => {
      const known = (model as { vocab: object }).vocab;
      return { ...json, model: { ...(model as object), vocab: { ...known, ...change } } };
    });
  const sharded = foreignFolder(smallConfig, { shards: 2 }).files;
  const shard = 'model-00002-of-00002.safetensors';
  const cases: [string, Files, string, RegExp][] = [
    ['without a config', without('config.json'), 'AgentFilesError', /has no config.json/],
    ['without weights', without('model.safetensors'), 'AgentFilesError', /neither model.safetensors nor onnx/],
    ['without a tokenizer', without('tokenizer.json'), 'AgentFilesError', /has no tokenizer.json/],
    ['of another architecture', config({ model_type: 'mistral' }), 'ModelConfigError', /model_type/],
    [
      'with other sizes than its weights',
      config({ hidden_size: 32, head_dim: 16 }),
      'AgentFilesError',
      /is \[11, 16\] where \[11, 32\]/,
    ],
    [
      'with more layers than its weights',
      config({ num_hidden_layers: 3 }),
      'AgentFilesError',
      /has no "model.layers.2/,
    ],
    ['of a million layers', config({ num_hidden_layers: 1e6 }), 'ModelConfigError', /num_hidden_layers/],
    [
      'with a NaN',
      { ...own, 'model.safetensors': withValue(smallConfig, NaN) },
      'NotFiniteError',
      /NaN or an infinity/,
    ],
    ['with a config that is a list', { ...own, 'config.json': encode([]) }, 'AgentFilesError', /not a JSON object/],
    [
      'with a config key twice',
      { ...own, 'config.json': new TextEncoder().encode('{"a":1,"a":2}') },
      'AgentFilesError',
      /"a" twice/,
    ],
    [
      'nested beyond reason',
      { ...own, 'config.json': new TextEncoder().encode(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`) },
      'AgentFilesError',
      /nested more than/,
    ],
    [
      'that never ends',
      withJson(config({ eos_token_id: null }), 'generation_config.json', () => ({})),
      'AgentFilesError',
      /which token ends a text/,
    ],
    [
      'that ends on a word it has not',
      withJson(own, 'generation_config.json', () => ({ eos_token_id: 11 })),
      'AgentFilesError',
      /token 11 is to end/,
    ],
    [
      'that ends on text',
      withJson(own, 'generation_config.json', () => ({ eos_token_id: '</s>' })),
      'AgentFilesError',
      /eos_token_id/,
    ],
    ['with two words of one id', vocab({ other: 7 }), 'GuestTokenizerError', /"how" and "other" have the same id 7/],
    ['with an id the model has not', vocab({ other: 11 }), 'GuestTokenizerError', /"other" has id 11/],
    ['with half an id', vocab({ other: 7.5 }), 'GuestTokenizerError', /not a whole number/],
    ['with a negative id', vocab({ other: -1 }), 'GuestTokenizerError', /not a whole number/],
    ['with an id that is text', vocab({ other: '7' }), 'GuestTokenizerError', /not a whole number/],
    [
      'with a word twice',
      { ...own, 'tokenizer.json': new TextEncoder().encode('{"model":{"vocab":{"a":1,"a":2}}}') },
      'AgentFilesError',
      /"a" twice/,
    ],
    [
      'without a vocabulary',
      tokenizer(() => ({ model: {}, added_tokens: [] })),
      'GuestTokenizerError',
      /no vocabulary/,
    ],
    [
      'with an added token that is somebody else',
      tokenizer((json) => ({ ...json, added_tokens: [{ id: 7, content: '<end>' }] })),
      'GuestTokenizerError',
      /the same id|two ids/,
    ],
    [
      'with a decoder that nobody knows',
      tokenizer((json) => ({ ...json, decoder: { type: 'Magic' } })),
      'GuestTokenizerError',
      /Unknown Decoder/,
    ],
    [
      'with a pre-tokenizer that never ends',
      tokenizer((json) => ({ ...json, pre_tokenizer: { type: 'FixedLength', length: 0 } })),
      'GuestTokenizerError',
      /no length/,
    ],
    [
      'with a pattern that explodes',
      tokenizer((json) => ({ ...json, pre_tokenizer: { type: 'Split', pattern: { Regex: '(x+x+)+y' } } })),
      'GuestTokenizerError',
      /forever/,
    ],
    [
      'with a shard that is missing',
      Object.fromEntries(Object.entries(sharded).filter(([name]) => name !== shard)),
      'AgentFilesError',
      /has no model-00002/,
    ],
    [
      'with a tensor in another shard',
      withJson(sharded, 'model.safetensors.index.json', ({ weight_map }) => ({
        weight_map: {
          ...(weight_map as object),
          'model.norm.weight':
            shard === (weight_map as Record<string, string>)['model.norm.weight']
              ? 'model-00001-of-00002.safetensors'
              : shard,
        },
      })),
      'AgentFilesError',
      /where it does not look for it/,
    ],
    [
      'with a shard outside',
      withJson(sharded, 'model.safetensors.index.json', () => ({ weight_map: { a: '../x.safetensors' } })),
      'AgentFilesError',
      /weight_map/,
    ],
  ];
  it.each(cases)('%s', async (_, files, name, message) => {
    const error = await refusal(files);
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/\.$/);
  });
});
