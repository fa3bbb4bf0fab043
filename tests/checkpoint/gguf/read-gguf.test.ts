import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source';
import { readGguf } from '../../../src/checkpoint/gguf/read-gguf';
import { tokenRules } from '../../../src/checkpoint/guest-rules';
import { GuestTokenizer } from '../../../src/checkpoint/guest-tokenizer';
import { parameterLayout } from '../../../src/model/layout';
import { inverseFrequencies, type RopeScaling } from '../../../src/model/rope';
import { config, entries, parameters, smallGguf, smallVocabulary, tensors, withEntries } from './small-gguf';
import { writeGguf, type Entries, type GgufTensor } from './write-gguf';

const read = (bytes: Uint8Array<ArrayBuffer>) => readGguf(bytesSource(bytes), 'small');
const id = (word: string) => smallVocabulary.indexOf(word);
const float = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

describe('a GGUF file', () => {
  it('is the model that was written, q and k in Hugging Face’s order', async () => {
    const { guest, dtypes, notes, bytes } = await read(smallGguf());
    expect(guest.config).toEqual({ ...config, rms_norm_eps: 2 ** -17 });
    expect(guest.parameters).toEqual(parameters);
    expect({ dtypes, notes }).toEqual({ dtypes: ['F32'], notes: [] });
    expect(bytes).toBe(Object.values(tensors).reduce((sum, tensor) => sum + tensor.bytes.length, 0));
  });

  it('keeps special tokens whole, user-defined ones too, and draws no padding', async () => {
    const { guest } = await read(smallGguf());
    const tokenizer = new GuestTokenizer(guest);
    expect(tokenizer.encode('<|user|>the the</s>')).toEqual([0, 2, id('the'), id('Ġthe'), 1]);
    expect(tokenizer.encode('a café!', { special: false })).toEqual([id('a'), id('Ġ'), id('café'), id('!')]);
    expect(tokenizer.decode([2, id('the'), id('Ġthe'), 1], { special: false })).toBe('the the');
    expect(tokenRules(guest)).toEqual({ endTokens: [1], suppressTokens: [262, 263] });
  });

  it('ends a text at each token that it names for that', async () => {
    const { guest } = await read(withEntries({ 'tokenizer.ggml.eot_token_id': ['u32', 2] }));
    expect(guest.endTokens).toEqual([1, 2]);
  });

  it('with a head of its own is not tied', async () => {
    const head = float(Array.from({ length: config.vocab_size * config.hidden_size }, (_, i) => i / 1000));
    const output = { dimensions: tensors['token_embd.weight'].dimensions, type: 0, bytes: head };
    const { guest } = await read(writeGguf(entries, { ...tensors, 'output.weight': output }));
    expect(guest.config.tie_word_embeddings).toBe(false);
    const { offset, size } = parameterLayout(guest.config).head;
    expect(new Uint8Array(guest.parameters!.slice(offset, offset + size).buffer)).toEqual(head);
  });

  it('says RoPE’s scaling, also by the factors of llama3', async () => {
    const linear = await read(
      withEntries({ 'llama.rope.scaling.type': ['text', 'linear'], 'llama.rope.scaling.factor': ['f32', 4] }),
    );
    expect(linear.guest.config.rope_scaling).toEqual({ rope_type: 'linear', factor: 4 });

    const rope_scaling: RopeScaling = {
      rope_type: 'llama3',
      factor: 32,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const plain = { head_dim: config.head_dim, rope_theta: 500_000 };
    const [before, after] = [inverseFrequencies(plain), inverseFrequencies({ ...plain, rope_scaling })];
    const factors = Array.from(before, (frequency, i) => frequency / after[i]);
    const withFactors = (values: readonly number[]) =>
      writeGguf(
        { ...entries, 'llama.rope.freq_base': ['f32', 500_000] },
        { 'rope_freqs.weight': { dimensions: [values.length], type: 0, bytes: float(values) }, ...tensors },
      );
    const { guest } = await read(withFactors(factors));
    expect(guest.config).toMatchObject({ rope_theta: 500_000, rope_scaling });
    expect((await read(withFactors([1, 1, 1, 1]))).guest.config.rope_scaling).toBeUndefined();
    await expect(read(withFactors([1, 2, 3, 32]))).rejects.toThrow(/rope_freqs\.weight/);
    await expect(read(withFactors([1, 32]))).rejects.toThrow(/rope_freqs\.weight/);
  });

  it('continues plain text where its chat template cannot be read', async () => {
    const { guest, notes } = await read(withEntries({ 'tokenizer.chat_template': ['text', '{% for %}'] }));
    expect(guest.chatTemplate).toBeNull();
    expect(notes[0]).toContain('chat template cannot be read');
  });
});

const small = tensors['output_norm.weight'];
const renamed = (changes: Record<string, GgufTensor | undefined>) => {
  const all = Object.entries({ ...tensors, ...changes }).filter((one): one is [string, GgufTensor] => !!one[1]);
  return writeGguf(entries, Object.fromEntries(all));
};
const patched = (at: number, ...bytes: number[]) => {
  const file = smallGguf();
  file.set(bytes, at);
  return file;
};
const longer = (bytes: number) => {
  const file = smallGguf();
  const all = new Uint8Array(file.length + bytes);
  all.set(file);
  return all;
};
const entry = (key: string, ...value: Entries[string]) => withEntries({ [key]: value });

describe('refuses by name', () => {
  it.each<[what: string, file: Uint8Array<ArrayBuffer>, words: RegExp]>([
    ['another architecture', entry('general.architecture', 'text', 'gemma3'), /architecture is gemma3.*llama/],
    ['a projector', entry('general.type', 'text', 'mmproj'), /of the type mmproj/],
    ['a part of a file', entry('split.count', 'u16', 3), /one of 3 parts/],
    ['experts', entry('llama.expert_count', 'u32', 8), /llama\.expert_count" is 8/],
    ['a sliding window', entry('llama.attention.sliding_window', 'u32', 4096), /sliding_window" is 4096/],
    ['yarn', entry('llama.rope.scaling.type', 'text', 'yarn'), /RoPE is of the type yarn/],
    ['half a head rotated', entry('llama.rope.dimension_count', 'u32', 4), /rope\.dimension_count" is 4/],
    ['heads layer by layer', entry('llama.attention.head_count', 'u32', [2, 2]), /head_count" in its header is not/],
    ['no epsilon', withEntries({ 'llama.attention.layer_norm_rms_epsilon': undefined }), /no ".*rms_epsilon"/],
    ['another number of words', entry('llama.vocab_size', 'u32', 99), /says 99 words/],
    ['a quantisation', renamed({ 'output_norm.weight': { ...small, type: 11 } }), /Q3_K.*Q4_K, Q5_K, Q6_K/],
    ['one that there is not', renamed({ 'output_norm.weight': { ...small, type: 999 } }), /type 999/],
    ['a missing tensor', renamed({ 'blk.1.ffn_up.weight': undefined }), /no tensor "blk\.1\.ffn_up\.weight"/],
    ['no embedding', renamed({ 'token_embd.weight': undefined }), /no tensor "token_embd\.weight"/],
    ['a bias', renamed({ 'blk.0.attn_q.bias': small }), /called "blk\.0\.attn_q\.bias"/],
    [
      'another shape',
      renamed({ 'blk.0.attn_norm.weight': { ...small, dimensions: [8, 2] } }),
      /is \[2, 8\] where \[16\]/,
    ],
    ['a NaN', renamed({ 'output_norm.weight': { ...small, bytes: float(Array(16).fill(NaN)) } }), /NaN/],
    ['another tokenizer', entry('tokenizer.ggml.model', 'text', 't5'), /of the kind t5/],
    ['an unknown pre-tokenizer', entry('tokenizer.ggml.pre', 'text', 'tekken'), /pre-tokenizer is tekken.*smollm/],
    ['none', withEntries({ 'tokenizer.ggml.pre': undefined }), /does not say how texts are split/],
    ['no kinds of tokens', withEntries({ 'tokenizer.ggml.token_type': undefined }), /token_type/],
    ['too few kinds', entry('tokenizer.ggml.token_type', 'i32', [1, 1]), /the kinds of 2/],
    ['a word twice', entry('tokenizer.ggml.tokens', 'text', smallVocabulary.with(9, 'the')), /both "the"/],
    ['a merge of no words', entry('tokenizer.ggml.merges', 'text', ['q q']), /merge "q q"/],
    ['a merge of one word', entry('tokenizer.ggml.merges', 'text', ['the']), /merge "the"/],
    ['no end', withEntries({ 'tokenizer.ggml.eos_token_id': undefined }), /eos_token_id/],
    ['an end beyond', entry('tokenizer.ggml.eos_token_id', 'u32', 999), /eos_token_id" is 999/],
    ['more words than rows', entry('tokenizer.ggml.tokens', 'text', [...smallVocabulary, 'more']), /265|266/],
    ['bos that nobody names', withEntries({ 'tokenizer.ggml.bos_token_id': undefined }), /puts bos around/],
    ['a page', new TextEncoder().encode('<!doctype html><title>404</title>'), /does not begin with "GGUF"/],
    ['nothing', new Uint8Array(0), /ends inside its header/],
    ['the first version', patched(4, 1), /version 1/],
    ['big-endian', patched(4, 0, 0, 0, 3), /big-endian/],
    ['a version to come', patched(4, 9), /version 9/],
    ['bytes behind the end', longer(64), /last 64 bytes/],
    ['a whole file behind it', longer(smallGguf().length), /bytes belong to no tensor/],
    ['a file that was cut off', smallGguf().slice(0, -100), /was cut off/],
    ['tensors without number', patched(8, 255, 255, 255, 255, 255, 255, 255, 127), /tensors/],
    ['entries without number', patched(16, 255, 255, 255, 255), /entries/],
    ['an odd alignment', entry('general.alignment', 'u32', 24), /alignment" is 24/],
    ['no alignment', entry('general.alignment', 'u32', 0), /alignment" is 0/],
  ])('%s', async (_, file, words) => {
    const error: unknown = await read(file).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    const { name, message } = error as Error;
    expect(message).toMatch(words);
    expect(['GgufError', 'NotFiniteError', 'ModelConfigError', 'GuestTokenizerError'], message).toContain(name);
  });

  it('a tensor twice, and an entry twice', async () => {
    const file = smallGguf();
    const text = Buffer.from(file.buffer);
    const rename = (from: string, to: string) => {
      const copy = Buffer.from(text);
      copy.write(to, copy.indexOf(from));
      return new Uint8Array(copy);
    };
    await expect(read(rename('blk.1.ffn_up', 'blk.0.ffn_up'))).rejects.toThrow(/"blk\.0\.ffn_up\.weight" twice/);
    await expect(read(rename('tokenizer.ggml.bos', 'tokenizer.ggml.eos'))).rejects.toThrow(/eos_token_id" twice/);
  });
});
