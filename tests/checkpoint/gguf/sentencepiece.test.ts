/** A public checkpoint with SentencePiece's words, written as a GGUF file, against its own tokenizer.json and what Python says. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source';
import { readGguf } from '../../../src/checkpoint/gguf/read-gguf';
import { GuestTokenizer } from '../../../src/checkpoint/guest-tokenizer';
import { readStoriesGuest, storiesAreHere, storiesFolder } from '../../oracle/stories';
import { tensorsOf } from './small-gguf';
import { writeGguf, type Entries } from './write-gguf';

interface Words {
  model: { vocab: Record<string, number> };
}

/** Of SentencePiece's BPE a word's score is its rank, below zero; control and byte tokens have none. */
async function storiesGguf(changed: Entries = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { config, parameters, tokenizer } = await readStoriesGuest();
  const { vocab } = (tokenizer as unknown as Words).model;
  const tokens = Object.keys(vocab).sort((a, b) => vocab[a] - vocab[b]);
  const FIRST = 259;
  return writeGguf(
    {
      'general.architecture': ['text', 'llama'],
      'llama.block_count': ['u32', config.num_hidden_layers],
      'llama.context_length': ['u32', config.max_position_embeddings],
      'llama.embedding_length': ['u32', config.hidden_size],
      'llama.feed_forward_length': ['u32', config.intermediate_size],
      'llama.attention.head_count': ['u32', config.num_attention_heads],
      'llama.attention.head_count_kv': ['u32', config.num_key_value_heads],
      'llama.attention.layer_norm_rms_epsilon': ['f32', config.rms_norm_eps],
      'tokenizer.ggml.model': ['text', 'llama'],
      'tokenizer.ggml.tokens': ['text', tokens],
      'tokenizer.ggml.scores': ['f32', tokens.map((_, id) => (id < FIRST ? 0 : FIRST - id))],
      'tokenizer.ggml.token_type': ['i32', tokens.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < FIRST ? 6 : 1))],
      ...changed,
    },
    tensorsOf(config, parameters!),
  );
}

const read = async (changed?: Entries) => (await readGguf(bytesSource(await storiesGguf(changed)), 'stories')).guest;

describe.skipIf(!storiesAreHere)('SentencePiece’s words in a GGUF file', () => {
  const golden = (
    storiesAreHere ? JSON.parse(readFileSync(`${storiesFolder}golden.json`, 'utf8')) : { tokenizer: [] }
  ) as { tokenizer: { text: string; ids: number[]; decoded: string }[] };

  it('give the same model', async () => {
    const [guest, own] = [await read(), await readStoriesGuest()];
    expect(guest.parameters).toEqual(own.parameters);
    expect(guest.config).toEqual({ ...own.config, rms_norm_eps: Math.fround(own.config.rms_norm_eps) });
    expect(guest.endTokens).toEqual([2]);
  });

  it('read and write texts as Python’s tokenizer does', async () => {
    const tokenizer = new GuestTokenizer(await read());
    expect(golden.tokenizer.length).toBeGreaterThan(3);
    for (const { text, ids } of golden.tokenizer) {
      // transformers 5 puts no second space before a text that begins with one.
      if (text.startsWith(' ')) continue;
      expect(tokenizer.encode(text), text).toEqual(ids);
      expect(tokenizer.decode(ids, { special: false }), text).toBe(text);
    }
  });

  it('fall back to bytes, and a text that looks like a byte is none', async () => {
    const tokenizer = new GuestTokenizer(await read());
    const byte = (value: number) => value + 3;
    const smile = tokenizer.encode('🙂', { special: false });
    expect(smile.slice(-4)).toEqual([...new TextEncoder().encode('🙂')].map(byte));
    expect(tokenizer.encode('<0x41>', { special: false })).not.toContain(byte(0x41));
  });

  it('have one space before a text and none behind a special token, unless the file says so', async () => {
    const tokenizer = new GuestTokenizer(await read());
    const [once] = tokenizer.encode('once', { special: false });
    expect(tokenizer.decode([once])).toMatch(/^o/);
    const behind = tokenizer.encode('</s>once', { special: false });
    expect(behind[0]).toBe(2);
    expect(tokenizer.decode(behind)).toBe('</s>once');
    const none = new GuestTokenizer(await read({ 'tokenizer.ggml.add_space_prefix': ['bool', false] }));
    expect(none.encode('once', { special: false })).toEqual(behind.slice(1));
  });

  it('are refused where they remove spaces, or have scores that are none', async () => {
    await expect(read({ 'tokenizer.ggml.remove_extra_whitespaces': ['bool', true] })).rejects.toThrow(/removes spaces/);
    await expect(read({ 'tokenizer.ggml.scores': ['f32', [1]] })).rejects.toThrow(/scores of 1/);
  });
});
