import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byteLength,
  fieldsOf,
  float,
  integer,
  join,
  message,
  ProtobufError,
  text,
} from '../../src/checkpoint/protobuf';

const hex = (fields: ReturnType<typeof join>) => Buffer.from(fields).toString('hex');

describe('the wire format', () => {
  it('gives the bytes of the examples in Protocol Buffers’ own documentation', () => {
    expect(hex(join(integer(1, 150)))).toBe('089601');
    expect(hex(join(text(2, 'testing')))).toBe('120774657374696e67');
    expect(hex(join(message(3, integer(1, 150))))).toBe('1a03089601');
    expect(hex(join(integer(1, -2)))).toBe('08feffffffffffffffff01');
  });

  it('writes fields above 15 with two bytes, zero with one, and floats little-endian', () => {
    expect(hex(join(integer(20, 7)))).toBe('a00107');
    expect(hex(join(integer(1, 0)))).toBe('0800');
    expect(hex(join(float(2, 1)))).toBe('150000803f');
    expect(hex(join(text(1, 'é')))).toBe('0a02c3a9');
  });

  it('keeps every integer that a number can hold', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = join(integer(1, value)).subarray(1);
        const bits = bytes.reduce((sum, byte, i) => sum | (BigInt(byte & 0x7f) << BigInt(7 * i)), 0n);
        expect(Number(BigInt.asIntN(64, bits))).toBe(value);
        expect([...bytes].map((byte) => byte >> 7)).toEqual([...Array<number>(bytes.length - 1).fill(1), 0]);
      }),
    );
  });

  it('counts the bytes of a message before it is joined', () => {
    const fields = message(1, [...text(2, 'a'.repeat(200)), ...integer(3, 300)]);
    expect(join(fields)).toHaveLength(byteLength(fields));
    expect(hex(join(fields).subarray(0, 3))).toBe('0ace01');
  });
});

describe('reading', () => {
  it('gives the fields that were written, and skips into none', () => {
    const inner = join([...integer(1, 5), ...text(2, 'é')]);
    const bytes = join([...integer(1, 2 ** 40), ...message(20, [inner]), ...float(3, 1)]);
    expect([...fieldsOf(bytes)]).toEqual([
      { number: 1, value: 2 ** 40 },
      { number: 20, value: inner },
      { number: 3, value: Uint8Array.of(0, 0, 128, 63) },
    ]);
  });

  it('refuses bytes that are no message, and never anything else', () => {
    for (const bytes of [[8], [0x0a, 5, 1], [0x0b], [0], [0x0d, 1], new Array<number>(12).fill(0xff)]) {
      expect(() => [...fieldsOf(Uint8Array.from(bytes))]).toThrow(ProtobufError);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          for (const { value } of fieldsOf(bytes))
            if (typeof value !== 'number') expect(value.length).toBeLessThanOrEqual(60);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
    );
  });
});
