import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source';
import { halfToFloat } from '../../src/checkpoint/half';
import { NotFiniteError, readSafetensors, SafetensorsError, writeSafetensors } from '../../src/checkpoint/safetensors';
import { storiesAreHere, storiesFolder } from '../oracle/stories';

/** A file with any header and data: what an attacker may send. */
function file(header: unknown, data: readonly number[] | Uint8Array = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}
const entry = (shape: unknown, begin: number, end: number, dtype: unknown = 'F32') => {
  return { dtype, shape, data_offsets: [begin, end] };
};

const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: size, maxLength: size });
  return values.map((data) => ({ shape, data: Float32Array.from(data) }));
});
const name = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('__proto__', 'constructor', '0', '"', '\\"', '{'),
);
const tensors = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 })
  .map((list) => list.filter(([key]) => key !== '__metadata__'))
  .map((list) => list.map(([key, value]) => ({ name: key, ...value })));
const metadata = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 });

describe('writing and reading', () => {
  it('gives back every name, shape, bit and metadata text', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (list, texts) => {
        const bytes = writeSafetensors(list, texts);
        const read = await readSafetensors(bytesSource(bytes));
        expect([...read.tensors.keys()].sort()).toEqual(list.map((one) => one.name).sort());
        for (const { name, shape, data } of list) {
          expect(read.tensors.get(name)!.shape).toEqual(shape);
          expect(new Uint32Array((await read.tensors.get(name)!.read()).buffer)).toEqual(new Uint32Array(data.buffer));
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(texts).sort());
        expect((8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))) % 8).toBe(0);
      }),
    );
  });

  it('refuses every file that was cut off, at whatever byte', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, fc.nat(), async (list, cut) => {
        const bytes = writeSafetensors(list);
        await expect(
          async () => await readSafetensors(bytesSource(bytes.subarray(0, cut % bytes.length))),
        ).rejects.toThrow(SafetensorsError);
      }),
    );
  });

  it('never throws anything but its own errors, whatever byte was changed', async () => {
    const bytes = writeSafetensors([{ name: 'a', shape: [2], data: Float32Array.of(1, 2) }], { format: 'pt' });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = bytes.slice();
        changed[at] ^= change;
        try {
          await readSafetensors(bytesSource(changed));
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses to write two tensors of one name, a wrong shape or a NaN', () => {
    const one = { name: 'a', shape: [1], data: Float32Array.of(1) };
    expect(() => writeSafetensors([one, one])).toThrow(/two tensors named "a"/);
    expect(() => writeSafetensors([{ ...one, name: '__metadata__' }])).toThrow(SafetensorsError);
    expect(() => writeSafetensors([{ ...one, shape: [2] }])).toThrow(/shape \[2\] does not hold 1/);
    expect(() => writeSafetensors([{ ...one, data: Float32Array.of(NaN) }])).toThrow(NotFiniteError);
  });
});

describe('other dtypes', () => {
  const valuesOf = async (bytes: Uint8Array) => {
    const { tensors } = await readSafetensors(bytesSource(bytes));
    return [...(await tensors.get('a')!.read())];
  };

  it('reads BF16 as the upper half of an f32, at any alignment', async () => {
    const bytes = file({ a: entry([3], 0, 6, 'BF16') }, [0x80, 0x3f, 0x49, 0x40, 0x00, 0xbf]);
    expect(await valuesOf(bytes)).toEqual([1, 3.140625, -0.5]);
  });

  it('reads F16: the limits of the format, subnormals and signed zero', async () => {
    const cases: [number, number][] = [
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x0400, 2 ** -14],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x3555, 0.333251953125],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
      [0x7e00, NaN],
      [0x8000, -0],
    ];
    for (const [bits, value] of cases) expect(halfToFloat(bits)).toBe(value);
    const bytes = file({ a: entry([2], 0, 4, 'F16') }, [0x00, 0x3c, 0xff, 0x7b]);
    expect(await valuesOf(bytes)).toEqual([1, 65504]);
  });

  it('refuses NaN and infinity', async () => {
    for (const bits of [0x7f800000, 0xff800000, 0x7fc00000]) {
      const data = new Uint8Array(Uint32Array.of(bits).buffer);
      const bytes = file({ a: entry([1], 0, 4) }, data);
      const { tensors } = await readSafetensors(bytesSource(bytes), { file: 'model.safetensors' });
      await expect(tensors.get('a')!.read()).rejects.toThrow(NotFiniteError);
      await expect(tensors.get('a')!.read()).rejects.toThrow(/Cannot use model\.safetensors: "a" holds/);
    }
  });
});

describe('malformed files', () => {
  const four = [0, 0, 128, 63];
  const cases: [string, Uint8Array, RegExp][] = [
    ['shorter than a header length', new Uint8Array(7), /eight bytes/],
    ['a huge header', Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 123]), /so it is not safetensors/],
    ['a header longer than the file', file('{}').subarray(0, 9), /cut off/],
    ['not JSON', file('{"a"'), /not JSON/],
    ['not UTF-8', Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), /not JSON/],
    ['a header that is a list', file([]), /not a JSON object/],
    [
      'a duplicate name',
      file(`{"a":${JSON.stringify(entry([1], 0, 4))},"\\u0061":${JSON.stringify(entry([1], 0, 4))}}`, four),
      /"a" twice/,
    ],
    [
      'a duplicate field',
      file('{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}', four),
      /"dtype" twice/,
    ],
    ['an entry that is no object', file({ a: 1 }), /not an object/],
    ['an unknown dtype', file({ a: entry([1], 0, 8, 'I64') }, [...four, ...four]), /only F32, F16 and BF16/],
    ['a dtype from the prototype', file({ a: entry([1], 0, 4, 'toString') }, four), /only F32/],
    ['a negative size', file({ a: entry([-1], 0, 4) }, four), /proper shape/],
    ['a fractional size', file({ a: entry([0.5], 0, 2) }, [0, 0]), /proper shape/],
    ['a size that overflows', file({ a: entry([2 ** 40, 2 ** 40], 0, 4) }, four), /proper shape/],
    ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, four), /proper shape/],
    ['offsets that go back', file({ a: entry([1], 4, 0) }, four), /data_offsets/],
    ['three offsets', file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 4] } }, four), /data_offsets/],
    ['an end behind the file', file({ a: entry([2], 0, 8) }, four), /only 4 bytes/],
    ['a size unlike its shape', file({ a: entry([2], 0, 4) }, four), /which is not 4 bytes/],
    ['overlapping tensors', file({ a: entry([1], 0, 4), b: entry([1], 0, 4) }, four), /overlaps/],
    ['a gap', file({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, [...four, ...four, ...four]), /4 to 8 belong to no/],
    ['bytes behind the last tensor', file({ a: entry([1], 0, 4) }, [...four, 1]), /last 1 bytes/],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }), /__metadata__/],
  ];
  it.each(cases)('says so: %s', async (_, bytes, message) => {
    await expect(async () => await readSafetensors(bytesSource(bytes), { file: 'x.safetensors' })).rejects.toThrow(
      SafetensorsError,
    );
    await expect(async () => await readSafetensors(bytesSource(bytes), { file: 'x.safetensors' })).rejects.toThrow(
      message,
    );
    await expect(async () => await readSafetensors(bytesSource(bytes), { file: 'x.safetensors' })).rejects.toThrow(
      /x\.safetensors.*again\.$/,
    );
  });
});

it.skipIf(!storiesAreHere)('reads a checkpoint written by the reference library', async () => {
  const bytes = readFileSync(`${storiesFolder}model.safetensors`);
  const { tensors, metadata } = await readSafetensors(bytesSource(bytes));
  expect(metadata).toEqual({ format: 'pt' });
  expect(tensors.get('model.embed_tokens.weight')!.shape).toEqual([512, 64]);
  let count = 0;
  for (const tensor of tensors.values()) count += (await tensor.read()).length;
  expect(8 + 4848 + 4 * count).toBe(bytes.length);
});
