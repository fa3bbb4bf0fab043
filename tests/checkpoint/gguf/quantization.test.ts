import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quantizationOf, supportedQuantizations, type Quantization } from '../../../src/checkpoint/gguf/quantization';

const reference = JSON.parse(
  readFileSync(new URL('../../reference/gguf-blocks.json', import.meta.url), 'utf8'),
) as Record<string, { blocks: string; values: string }>;

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const all = Array.from({ length: 64 }, (_, type) => quantizationOf(type)).filter(
  (one): one is Quantization => !('unsupported' in one),
);

describe('quantised values', () => {
  it('are read of every kind that the reference has', () => {
    expect(supportedQuantizations.toSorted()).toEqual(Object.keys(reference).sort());
    expect(all.map(({ name }) => name).sort()).toEqual(supportedQuantizations.toSorted());
  });

  it.each(all.map((one) => [one.name, one] as const))('of %s are the gguf package’s, bit for bit', (name, one) => {
    const blocks = bytesOf(reference[name].blocks);
    const expected = new Uint32Array(bytesOf(reference[name].values).buffer);
    expect(blocks.length).toBe((expected.length / one.values) * one.bytes);
    const values = new Float32Array(expected.length);
    one.decode(values, blocks);
    expect(new Uint32Array(values.buffer)).toEqual(expected);
    // From an odd byte on, too.
    const odd = new Uint8Array(blocks.length + 1);
    odd.set(blocks, 1);
    one.decode(values.fill(0), odd.subarray(1));
    expect(new Uint32Array(values.buffer)).toEqual(expected);
  });
});
