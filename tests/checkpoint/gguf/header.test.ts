/** The header, against the reader of the Hub's own pages. */
import { gguf } from '@huggingface/gguf';
import { openAsBlob } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobSource, bytesSource } from '../../../src/checkpoint/byte-source';
import { refusalOf } from '../../../src/checkpoint/gguf/error';
import { readHeader, type Value } from '../../../src/checkpoint/gguf/header';
import { missing, smolLM2Path } from '../../oracle/smollm2';
import { smallGguf } from './small-gguf';
import { writeGguf } from './write-gguf';

/** What the library says of a file, which it asks for in ranges. */
async function theirs(file: Blob) {
  const answer = (_: unknown, init?: RequestInit) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get('range')!)!;
    return Promise.resolve(new Response(file.slice(Number(from), Number(to) + 1)));
  };
  return await gguf('https://example.org/a.gguf', { fetch: answer });
}

const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  return Array.isArray(value) ? value.map(plain) : value;
};

async function expectSame(file: Blob): Promise<void> {
  const [ours, library] = [await readHeader(blobSource(file), refusalOf('a')), await theirs(file)];
  const { version: _, tensor_count, kv_count, ...metadata } = library.metadata as Record<string, unknown>;
  expect(Number(kv_count)).toBe(ours.metadata.size);
  expect(Number(tensor_count)).toBe(ours.tensors.length);
  const entries = [...ours.metadata].map(([key, value]: [string, Value]) => [key, plain(value)]);
  expect(Object.fromEntries(entries)).toEqual(
    Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, plain(value)])),
  );
  expect(ours.tensors).toEqual(
    library.tensorInfos.map(({ name, shape, dtype, offset }) => ({
      ...{ name, dimensions: shape.map(Number), type: dtype, offset: Number(offset) },
    })),
  );
  expect(Math.ceil(ours.length / 32) * 32).toBe(Number(library.tensorDataOffset));
}

describe('the header of a GGUF file', () => {
  it('says what the library reads in it', async () => {
    await expectSame(new Blob([smallGguf()]));
  });

  it.skipIf(missing !== null)(`of SmolLM2 too${missing === null ? '' : ` (${missing})`}`, async () => {
    await expectSame(await openAsBlob(smolLM2Path()));
  });

  it('has values of every type', async () => {
    const file = writeGguf(
      {
        ...{
          a: ['u8', 200],
          b: ['i8', -100],
          c: ['u16', 60_000],
          d: ['i16', -30_000],
          e: ['u32', 4e9],
          f: ['i32', -2e9],
        },
        ...{
          g: ['f32', 0.5],
          h: ['bool', true],
          i: ['text', 'é🙂'],
          j: ['u64', 2 ** 52],
          k: ['i64', -5],
          l: ['f64', 0.1],
        },
        ...{
          m: ['text', ['a', '', 'ü']],
          n: ['f32', [1, -1.5]],
          o: ['u8', [1, 2]],
          p: ['i64', [-1, 7]],
          q: ['f64', [0.1]],
        },
        ...{ r: ['i16', []], s: ['text', []] },
      },
      {},
    );
    await expectSame(new Blob([file]));
  });

  it('longer than the first slice is read whole', async () => {
    const texts = Array.from({ length: 300_000 }, (_, i) => `a text of some letters, ${i}`);
    const file = writeGguf({ texts: ['text', texts], last: ['u8', 7] }, {});
    expect(file.length).toBeGreaterThan(2 ** 23);
    const { metadata } = await readHeader(bytesSource(file), refusalOf('a'));
    expect(metadata.get('texts')).toEqual(texts);
    expect(metadata.get('last')).toBe(7);
  });

  /** Why the library is not what reads files here; where this fails, it may have become so. */
  it('that was cut off is refused, where the library reads zeros', async () => {
    const whole = writeGguf({ a: ['u32', 1] }, { b: { dimensions: [32], type: 0, bytes: new Uint8Array(128) } });
    const cut = new Blob([whole.slice(0, 60)]);
    expect((await theirs(cut)).tensorInfos).toHaveLength(1);
    await expect(readHeader(blobSource(cut), refusalOf('a'))).rejects.toThrow(/cut off/);
  });
});
