/** Types of fields, by WGSL's names, and what the host writes there. */
interface ItemTypes {
  u32: number;
  f32: number;
  vec2u: readonly [number, number];
  vec4u: readonly [number, number, number, number];
}

type Item = keyof ItemTypes;
type FieldType = Item | `array<${Item}, ${number}>`;

/** Fields in their order. One named `pad` is room that nobody reads. */
export type Fields = Readonly<Record<string, FieldType>>;

type FieldValue<Type> = Type extends Item
  ? ItemTypes[Type]
  : Type extends `array<${infer Of extends Item}, ${number}>`
    ? readonly ItemTypes[Of][]
    : never;

/** What a struct's packer takes. */
export type ValueOf<S> = S extends Struct<infer F> ? { [Name in Exclude<keyof F, 'pad'>]: FieldValue<F[Name]> } : never;

/** Bytes that an item takes and starts at multiples of (WGSL, Alignment and Size). Items of an array leave no gaps. */
const layouts: Readonly<Record<Item, { size: number; align: number }>> = {
  u32: { size: 4, align: 4 },
  f32: { size: 4, align: 4 },
  vec2u: { size: 8, align: 8 },
  vec4u: { size: 16, align: 16 },
};

const upTo = (align: number, bytes: number) => Math.ceil(bytes / align) * align;

function layoutOf(type: FieldType): { size: number; align: number; float: boolean } {
  const [, item = type, count = '1'] = /^array<(\w+), (\d+)>$/.exec(type) ?? [];
  const { size, align } = layouts[item as Item];
  return { size: size * Number(count), align, float: item === 'f32' };
}

/** A struct that the host shares with kernels: one table of fields gives its declaration in WGSL and packs its values. */
export class Struct<F extends Fields> {
  readonly name: string;
  /** Its declaration in WGSL. */
  readonly wgsl: string;
  /** Bytes from one to the next in an array. */
  readonly size: number;
  readonly #fields: readonly { name: string; offset: number; float: boolean }[];

  constructor(name: string, fields: F) {
    this.name = name;
    const entries = Object.entries(fields);
    this.wgsl = `struct ${name} {\n${entries.map(([field, type]) => `  ${field}: ${type},`).join('\n')}\n}`;
    let end = 0;
    let widest = 0;
    this.#fields = entries.map(([field, type]) => {
      const { size, align, float } = layoutOf(type);
      const offset = upTo(align, end);
      end = offset + size;
      widest = Math.max(widest, align);
      return { name: field, offset, float };
    });
    this.size = upTo(widest, end);
  }

  /** Bytes from a struct's start to a field. */
  offset(field: keyof F & string): number {
    return this.#fields.find(({ name }) => name === field)!.offset;
  }

  pack(value: ValueOf<Struct<F>>): ArrayBuffer {
    return this.packAll([value]);
  }

  /** Values one behind the other, as kernels read an array of the struct. */
  packAll(values: readonly ValueOf<Struct<F>>[]): ArrayBuffer {
    const bytes = new ArrayBuffer(values.length * this.size);
    const [words, floats] = [new Uint32Array(bytes), new Float32Array(bytes)];
    values.forEach((value, n) => {
      for (const { name, offset, float } of this.#fields) {
        if (name === 'pad') continue;
        const numbers = [value[name as keyof typeof value] as number | readonly number[]].flat(2);
        (float ? floats : words).set(numbers, (n * this.size + offset) / 4);
      }
    });
    return bytes;
  }
}
