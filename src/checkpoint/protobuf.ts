/**
 * The wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding): the kinds of fields that an ONNX
 * file has, by their field numbers.
 */

/** Encoded fields in pieces, so that weights are copied only once, by `join`. */
export type Fields = readonly Uint8Array<ArrayBuffer>[];

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** Most fields of a message that is read: models have thousands. */
const MOST_FIELDS = 1_000_000;

/** Bytes that are no message. */
export class ProtobufError extends Error {
  override name = 'ProtobufError';
}

/** An int32, int64 or enum; negative ones are ten bytes, as the format wants. */
export function integer(field: number, value: number): Fields {
  return [tag(field, VARINT), varint(value)];
}

export function float(field: number, value: number): Fields {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [tag(field, FIXED32), bytes];
}

export function text(field: number, value: string): Fields {
  return message(field, [new TextEncoder().encode(value)]);
}

/** Another message, or plain bytes, inside this one. */
export function message(field: number, parts: Fields): Fields {
  return [tag(field, LENGTH), varint(byteLength(parts)), ...parts];
}

export function byteLength(parts: Fields): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

export function join(parts: Fields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tag(field: number, wireType: number): Uint8Array<ArrayBuffer> {
  return varint(field * 8 + wireType);
}

/** Seven bits a byte, lowest first; the top bit says that more follow. */
function varint(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** A field of a message: a number where it is a varint, else its bytes where they stand. */
export interface Field {
  number: number;
  value: number | Uint8Array;
}

/** The fields of a message, in their order; what is inside of them is not looked at. Throws `ProtobufError`. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const refuse = (): never => {
    throw new ProtobufError(`There is no field at byte ${at}.`);
  };
  const readVarint = (): number => {
    let value = 0;
    for (let place = 0; place < 10; place++) {
      if (at >= bytes.length) refuse();
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    return refuse();
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) refuse();
    at += length;
    return bytes.subarray(at - length, at);
  };
  for (let count = 0; at < bytes.length; count++) {
    if (count === MOST_FIELDS) refuse();
    const tag = readVarint();
    const number = Math.floor(tag / 8);
    if (number < 1) refuse();
    const type = tag % 8;
    if (type === VARINT) yield { number, value: readVarint() };
    else if (type === LENGTH) yield { number, value: take(readVarint()) };
    else if (type === FIXED32) yield { number, value: take(4) };
    else if (type === FIXED64) yield { number, value: take(8) };
    else refuse();
  }
}
