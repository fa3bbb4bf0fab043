import { Tokenizer } from '@huggingface/tokenizers';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source';
import { preTokenizers } from '../../../src/checkpoint/gguf/pre-tokenizers';
import { readGguf } from '../../../src/checkpoint/gguf/read-gguf';
import { checkTokenizer } from '../../../src/checkpoint/guest-tokenizer';
import { withEntries } from './small-gguf';

const reference = JSON.parse(
  readFileSync(new URL('../../reference/gguf-splits.json', import.meta.url), 'utf8'),
) as Record<string, { text: string; pieces: string[] }[]>;

const read = async (pre: string) =>
  await readGguf(
    bytesSource(withEntries({ 'tokenizer.ggml.pre': ['text', pre], 'tokenizer.ggml.add_bos_token': undefined })),
    'small',
  );

describe('the pre-tokenizers that GGUF files name', () => {
  it.each(Object.keys(reference))('%s splits texts as Python does', async (name) => {
    const { guest } = await read(name);
    const tokenizer = new Tokenizer(checkTokenizer(guest, name), {});
    for (const { text, pieces } of reference[name]) {
      expect(tokenizer.pre_tokenizer!(text, {}), text).toEqual(pieces);
    }
  });

  it.each(Object.keys(preTokenizers))('%s can be opened, and says whether a text begins with bos', async (name) => {
    const { guest, notes } = await read(name);
    expect(guest.tokenizerConfig.add_bos_token).toBe(['llama-bpe', 'llama3', 'llama-v3'].includes(name));
    expect(notes).toHaveLength(name === 'default' ? 1 : 0);
  });
});
