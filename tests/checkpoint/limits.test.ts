import { describe, expect, it } from 'vitest';
import { bytesSource, sourcesOf } from '../../src/checkpoint/byte-source';
import { readGuest } from '../../src/checkpoint/guest-files';
import { excess, headerLimits, limitsOf, tokenizerLimits } from '../../src/checkpoint/limits';
import { openZip, packZip } from '../../src/checkpoint/zip';
import { decode, encode, ownFolder } from './guest-folder';

const bytes = (text: string) => new TextEncoder().encode(text);
const limits = { bytes: 1000, entries: 3, nesting: 2 };

describe('limits of a JSON text', () => {
  it.each([
    ['[[1, 2], [3]]', null],
    ['[1, 2, 3, 4, 5]', 'has more than 3 entries'],
    ['[[[1]]]', 'is nested more than 2 deep'],
    ['{"a": [1], "b": {"c": 2}}', null],
    // What stands in a text counts for nothing, escaped quotes and all.
    ['["[[[[,,,,", "\\"[[[[,,,,", "\\\\", 1]', null],
    ['["a\\\\", [[1]]]', 'is nested more than 2 deep'],
    ['["never closed [[[[[,,,,,', null],
    ['', null],
  ])('of %s', (text, said) => {
    expect(excess(bytes(text), limits)).toBe(said);
  });

  it('of size', () => {
    expect(excess(new Uint8Array(1001), limits)).toMatch(/^is 1 MB, and such files have at most/);
  });

  it('go by the name', () => {
    expect(limitsOf('a/tokenizer.json')!.bytes).toBeGreaterThan(limitsOf('a/config.json')!.bytes);
    expect(limitsOf('model.safetensors.index.json')!.entries).toBe(500_000);
    expect(limitsOf('constructor')).toBeNull();
    expect(limitsOf('model.safetensors')).toBeNull();
  });
});

/** The header of a safetensors file with nothing behind it. */
function headed(header: Uint8Array): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(8 + header.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}

const own = ownFolder();
const entry = (i: number) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`;
const withModel = (model: object) =>
  encode({ ...decode(own['tokenizer.json']), model: { ...(decode(own['tokenizer.json']).model as object), ...model } });

/** Milliseconds, on a busy machine too; alone it takes a tenth of them. */
const PATIENCE = 5000;

describe('giants are refused by name within seconds', () => {
  it.each([
    ['a config of 300 MB of spaces', () => ({ 'config.json': new Uint8Array(3e8).fill(0x20) }), /is 300 MB/],
    ['a tokenizer of 90 MB', () => ({ 'tokenizer.json': new Uint8Array(9e7).fill(0x5b) }), /is 90 MB/],
    ['a tokenizer of 60 MB of [', () => ({ 'tokenizer.json': new Uint8Array(6e7).fill(0x5b) }), /more than 64 deep/],
    [
      'a tokenizer of 30 million zeros',
      () => ({ 'tokenizer.json': bytes(`[${'0,'.repeat(3e7)}0]`) }),
      /more than 5000000 entries/,
    ],
    ['a header of 90 MB of [', () => ({ 'model.safetensors': headed(new Uint8Array(9e7).fill(0x5b)) }), /header of 90/],
    ['a header of 20 MB of [', () => ({ 'model.safetensors': headed(new Uint8Array(2e7).fill(0x5b)) }), /64 deep/],
    [
      'a header of 1.5 million tensors',
      () => ({ 'model.safetensors': headed(bytes(`{${Array.from({ length: 1.5e6 }, (_, i) => entry(i)).join()}}`)) }),
      /so it is not safetensors/,
    ],
    [
      'a header of 300,000 tensors',
      () => ({ 'model.safetensors': headed(bytes(`{${Array.from({ length: 3e5 }, (_, i) => entry(i)).join()}}`)) }),
      new RegExp(`more than ${headerLimits.entries} entries`),
    ],
    [
      'a million merges',
      () => ({ 'tokenizer.json': withModel({ merges: new Array(1e6).fill('a b') }) }),
      new RegExp(`has 1000000 merges, and ${tokenizerLimits.merges} are the most`),
    ],
    [
      'a hundred thousand added tokens',
      () => ({
        'tokenizer.json': encode({ ...decode(own['tokenizer.json']), added_tokens: new Array(100_000).fill(0) }),
      }),
      /100000 added tokens/,
    ],
    [
      'ten thousand special tokens beside them',
      () => ({ 'tokenizer_config.json': encode({ additional_special_tokens: new Array(10_000).fill('a') }) }),
      /10000 additional_special_tokens/,
    ],
  ])('%s', async (_, change, message) => {
    const files = { ...own, ...change() };
    const start = performance.now();
    await expect(async () => await readGuest(sourcesOf(files), 'somebody')).rejects.toThrow(message);
    expect(performance.now() - start).toBeLessThan(PATIENCE);
  });

  it('in a zip, before anything is unpacked', async () => {
    const zip = packZip({ 'm/config.json': new Uint8Array(5e7).fill(0x20) });
    const start = performance.now();
    await expect(openZip(bytesSource(zip))).rejects.toThrow(
      /m\/config.json is 50 MB, and such files have at most 4 MB/,
    );
    expect(performance.now() - start).toBeLessThan(PATIENCE);
  });
});
