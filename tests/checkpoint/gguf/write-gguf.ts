/** GGUF files as llama.cpp writes them, for tests: whatever is asked for is written, sense or not. */

const types = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  text: 8,
  list: 9,
  u64: 10,
  i64: 11,
  f64: 12,
};
type ScalarType = Exclude<keyof typeof types, 'list'>;

/** A value with its type; a list has its items' type. */
export type Entry = readonly [type: ScalarType, value: number | string | boolean | readonly (number | string)[]];
export type Entries = Readonly<Record<string, Entry>>;

export interface GgufTensor {
  /** Fastest dimension first. */
  dimensions: readonly number[];
  /** ggml's number; F32 is 0. */
  type: number;
  bytes: Uint8Array;
}

/** Bytes one after another. */
class Writer {
  readonly parts: Uint8Array[] = [];
  length = 0;

  bytes(bytes: Uint8Array): this {
    this.parts.push(bytes);
    this.length += bytes.length;
    return this;
  }

  number(type: Exclude<ScalarType, 'text'>, value: number): this {
    const view = new DataView(new ArrayBuffer(8));
    const size = {
      u8: () => (view.setUint8(0, value), 1),
      i8: () => (view.setInt8(0, value), 1),
      bool: () => (view.setUint8(0, value), 1),
      u16: () => (view.setUint16(0, value, true), 2),
      i16: () => (view.setInt16(0, value, true), 2),
      u32: () => (view.setUint32(0, value, true), 4),
      i32: () => (view.setInt32(0, value, true), 4),
      f32: () => (view.setFloat32(0, value, true), 4),
      u64: () => (view.setBigUint64(0, BigInt(value), true), 8),
      i64: () => (view.setBigInt64(0, BigInt(value), true), 8),
      f64: () => (view.setFloat64(0, value, true), 8),
    }[type]();
    return this.bytes(new Uint8Array(view.buffer, 0, size));
  }

  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.number('u64', bytes.length).bytes(bytes);
  }

  value(type: ScalarType, value: number | string | boolean): this {
    return type === 'text' ? this.text(String(value)) : this.number(type, Number(value));
  }

  align(alignment: number): this {
    return this.bytes(new Uint8Array((alignment - (this.length % alignment)) % alignment));
  }

  end(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

export function writeGguf(entries: Entries, tensors: Readonly<Record<string, GgufTensor>>): Uint8Array<ArrayBuffer> {
  const alignment = Number(entries['general.alignment']?.[1] ?? 32);
  const writer = new Writer().bytes(new TextEncoder().encode('GGUF')).number('u32', 3);
  writer.number('u64', Object.keys(tensors).length).number('u64', Object.keys(entries).length);
  for (const [key, [type, value]] of Object.entries(entries)) {
    writer.text(key);
    if (typeof value !== 'object') writer.number('u32', types[type]).value(type, value);
    else {
      writer.number('u32', types.list).number('u32', types[type]).number('u64', value.length);
      for (const item of value) writer.value(type, item);
    }
  }
  const data = new Writer();
  for (const [name, { dimensions, type, bytes }] of Object.entries(tensors)) {
    writer.text(name).number('u32', dimensions.length);
    for (const size of dimensions) writer.number('u64', size);
    writer.number('u32', type).number('u64', data.length);
    data.bytes(bytes).align(alignment);
  }
  return writer.align(alignment).bytes(data.end()).end();
}
