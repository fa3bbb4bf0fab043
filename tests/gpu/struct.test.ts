import { afterAll, beforeAll, describe, expect, expectTypeOf, it, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import { Struct, type Fields, type ValueOf } from '../../src/gpu/struct';
import * as structs from '../../src/gpu/structs';
import { openEngine, type Engine } from '../oracle/engine';
import { runKernel } from './run-kernel';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const offsets = (fields: Fields) => {
  const struct = new Struct('One', fields);
  return [...Object.keys(fields).map((name) => struct.offset(name)), struct.size];
};

/** Offsets of the fields, then the size, counted by hand from WGSL's rules. */
describe('fields stand where WGSL puts them', () => {
  test.each<[string, Fields, number[]]>([
    ['words without gaps', { a: 'u32', b: 'f32', c: 'u32' }, [0, 4, 8, 12]],
    ['a pair at a multiple of eight', { a: 'u32', b: 'vec2u', c: 'u32' }, [0, 8, 16, 24]],
    ['four at a multiple of sixteen', { a: 'u32', b: 'vec4u' }, [0, 16, 32]],
    ['the whole a multiple of the widest', { a: 'vec4u', b: 'f32' }, [0, 16, 32]],
    ['a list like its items', { a: 'vec2u', b: 'array<vec4u, 3>', c: 'u32' }, [0, 16, 64, 80]],
    ['words behind a pair', { a: 'vec2u', b: 'u32', c: 'u32', d: 'f32' }, [0, 8, 12, 16, 24]],
  ])('%s', (_, fields, expected) => {
    expect(offsets(fields)).toEqual(expected);
  });
});

it('packs each number in its type, one struct behind the other', () => {
  const struct = new Struct('One', { a: 'u32', b: 'vec2u', c: 'f32', pad: 'u32' });
  const bytes = struct.packAll([
    { a: 1, b: [2, 3], c: 0.5 },
    { a: 4, b: [5, 0xffffffff], c: -1 },
  ]);
  const bits = (x: number) => new Uint32Array(new Float32Array([x]).buffer)[0];
  expect([...new Uint32Array(bytes)]).toEqual([1, 0, 2, 3, bits(0.5), 0, 4, 0, 5, 0xffffffff, bits(-1), 0]);
  expectTypeOf<ValueOf<typeof struct>>().toEqualTypeOf<{ a: number; b: readonly [number, number]; c: number }>();
});

it('declares what a kernel names, and nothing else', () => {
  const { code } = kernel('one', 'var<storage> tokens: array<Token>; // not Tokens');
  expect(code).toContain('struct Token {\n  id: u32,\n  position: u32,\n  base: u32,\n  link: u32,\n}');
  expect(code.match(/struct /g)).toHaveLength(1);
});

/** Numbers that differ from each other: field after field, item after item. */
function valueOf(struct: Struct<Fields>, from: number) {
  let next = from;
  const fields = [...struct.wgsl.matchAll(/^ {2}(\w+): (?:array<)?(\w+?)(?:, (\d+)>)?,$/gm)];
  const items = fields.map(([, name, type, count]) => {
    const width = { u32: 1, f32: 1, vec2u: 2, vec4u: 4 }[type]!;
    const item = () => Array.from({ length: width }, () => next++);
    const all = Array.from({ length: Number(count ?? 1) }, item);
    return { name, type, count, all };
  });
  const value = Object.fromEntries(
    items.map(({ name, count, all }) => [name, count ? all : all[0].length === 1 ? all[0][0] : all[0]]),
  );
  const read = items.flatMap(({ name, type, count, all }) =>
    all.flatMap((item, i) =>
      item.map((number, e) => ({
        number: name === 'pad' ? 0 : number,
        wgsl: `f32(s.${name}${count ? `[${i}]` : ''}${type.startsWith('vec') ? `[${e}]` : ''})`,
      })),
    ),
  );
  return { value: value as never, read };
}

describe('a kernel reads what the host packed', () => {
  const all: Struct<Fields>[] = Object.values(structs).filter((one) => one instanceof Struct);
  test.each(all.map((struct) => [struct.name, struct] as const))('%s', async (_, struct) => {
    const [first, second] = [valueOf(struct, 1), valueOf(struct, 1001)];
    const count = first.read.length;
    const source = /* wgsl */ `
@group(0) @binding(0) var<storage, read> list: array<${struct.name}>;
@group(0) @binding(1) var<uniform> one: ${struct.name};
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(1)
fn main() {
  for (var i = 0u; i < 3u; i++) {
    var s = one;
    if (i < 2u) { s = list[i]; }
${first.read.map(({ wgsl }, n) => `    out[i * ${count}u + ${n}u] = ${wgsl};`).join('\n')}
  }
}`;
    const { out } = await runKernel(engine.gpu, kernel('read', source), {
      work: { invocations: 1 },
      bindings: {
        list: new Uint32Array(struct.packAll([first.value, second.value])),
        one: { uniform: new Uint32Array(struct.pack(first.value)) },
        out: new Float32Array(3 * count),
      },
    });
    const expected = [first, second, first].flatMap(({ read }) => read.map(({ number }) => number));
    expect([...out]).toEqual(expected);
  });
});
