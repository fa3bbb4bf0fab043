import { openAsBlob } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderChat } from '../../../src/chat/rendering';
import { TemplateFormat } from '../../../src/chat/template';
import { blobSource } from '../../../src/checkpoint/byte-source';
import { readGguf } from '../../../src/checkpoint/gguf/read-gguf';
import type { GuestFiles } from '../../../src/checkpoint/guest-files';
import { tokenRules } from '../../../src/checkpoint/guest-rules';
import { GuestTokenizer } from '../../../src/checkpoint/guest-tokenizer';
import { parameterLayout } from '../../../src/model/layout';
import { missing, smolLM2Golden, smolLM2Path } from '../../oracle/smollm2';

const NAME = 'SmolLM2-135M-Instruct.Q4_1';

describe.skipIf(missing !== null)(`SmolLM2-135M-Instruct in Q4_1${missing === null ? '' : ` (${missing})`}`, () => {
  const golden = missing === null ? smolLM2Golden() : null!;
  let read: GuestFiles;
  beforeAll(async () => {
    read = await readGguf(blobSource(await openAsBlob(smolLM2Path())), NAME);
  });

  it('is a guest with its config, its end token and what its file keeps', () => {
    const { guest, dtypes, bytes, notes, container } = read;
    expect(guest).toMatchObject({ name: NAME, onnx: null, endTokens: [2] });
    expect(guest.config).toEqual({
      vocab_size: 49_152,
      hidden_size: 576,
      intermediate_size: 1536,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      head_dim: 64,
      max_position_embeddings: 8192,
      rms_norm_eps: Math.fround(1e-5),
      rope_theta: 100_000,
      tie_word_embeddings: true,
    });
    expect({ dtypes, container, notes }).toEqual({ dtypes: ['Q4_1', 'Q8_0', 'F32'], container: 'GGUF', notes: [] });
    expect(bytes).toBeGreaterThan(90e6);
    expect(bytes).toBeLessThan(98_362_432);
    expect(tokenRules(guest)).toEqual({ endTokens: [2], suppressTokens: [] });
  });

  it('has the weights that transformers computes with', () => {
    const { config, parameters } = read.guest;
    const { tensors } = parameterLayout(config);
    for (const [name, expected] of Object.entries(golden.weights)) {
      const { shape, offset, size } = tensors.find((place) => place.name === name)!;
      const values = parameters!.subarray(offset, offset + size);
      expect(shape).toEqual(expected.shape);
      const second = shape.length > 1 ? shape[1] + 8 : 8;
      const rounded = (from: number) =>
        Array.from(values.subarray(from, from + 8), (value) => Number(value.toFixed(7)));
      expect(rounded(0)).toEqual(expected.first);
      expect(rounded(second)).toEqual(expected.row_1_or_entry_8);
      const sum = values.reduce((a, b) => a + b, 0);
      const absolutes = values.reduce((a, b) => a + Math.abs(b), 0);
      expect(sum).toBeCloseTo(expected.sum, 3);
      expect(absolutes).toBeCloseTo(expected.sum_of_absolutes, 3);
    }
  });

  it('reads texts as transformers does, and writes them back', () => {
    const tokenizer = new GuestTokenizer(read.guest);
    expect(golden.tokenizer.length).toBeGreaterThan(10);
    for (const { text, ids } of golden.tokenizer) {
      expect(tokenizer.encode(text), text).toEqual(ids);
      expect(tokenizer.decode(ids), text).toBe(text);
    }
  });

  it('reads conversations as transformers does', () => {
    const { guest } = read;
    const chat = new TemplateFormat(guest);
    expect(golden.chat.length).toBeGreaterThan(0);
    for (const { messages, text, ids } of golden.chat) {
      const { chatTemplate, tokenizerConfig } = guest;
      expect(renderChat(chatTemplate!, messages, { tokenizerConfig })).toBe(text);
      expect(chat.encode(text)).toEqual(ids);
    }
  });
});
