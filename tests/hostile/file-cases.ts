import fc from 'fast-check';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { writeRunArchive } from '../../src/checkpoint/archive';
import { hashes } from '../../src/checkpoint/manifest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { integer, join, message, text } from '../../src/checkpoint/protobuf';
import { agentState, format, snapshot } from '../checkpoint/fixtures';
import { decode, ownFolder } from '../checkpoint/guest-folder';
import type { Case } from './case';

const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.double(),
  fc.constantFrom<unknown>(
    0,
    -1,
    1.5,
    1e9,
    1e308,
    2 ** 31,
    2 ** 53,
    null,
    true,
    '16',
    '',
    [],
    {},
    [1, 2],
    '__proto__',
    '\u202e',
    '\ud800',
    '<b>',
  ),
);
const bit = fc.integer({ min: 0, max: 7 });
/** Cut off, with bits flipped, with bytes put in or taken out. */
const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.nat().map((at) => bytes.slice(0, at % bytes.length)),
    fc.array(fc.tuple(fc.nat(), bit), { minLength: 1, maxLength: 8 }).map((flips) => {
      const changed = bytes.slice();
      for (const [at, b] of flips) changed[at % bytes.length] ^= 1 << b;
      return changed;
    }),
    fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 40 }), fc.nat(40)).map(([at, put, skip]) => {
      const place = at % bytes.length;
      return Uint8Array.from([...bytes.subarray(0, place), ...put, ...bytes.subarray(place + skip)]);
    }),
  );

const config = decode(ownFolder()['config.json']);
const numeric = fc.constantFrom(
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  '1e-999',
  '0x10',
  '00',
  '99999999999999999999',
  '1_000',
);
const configText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(
        fc.tuple(
          fc.oneof(
            fc.constantFrom(
              ...Object.keys(config),
              'rope_scaling',
              'rope_parameters',
              'head_dim',
              'quantization_config',
            ),
            fc.string(),
          ),
          anyValue,
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((changes) => JSON.stringify({ ...config, ...Object.fromEntries(changes) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...Object.keys(config)), numeric)
      .map(([key, value]) => JSON.stringify({ ...config, [key]: '@' }).replace('"@"', value)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('[', '{"a":', ' ', ',', '"', '\\'), fc.integer({ min: 1, max: 200_000 }))
      .map(([piece, count]) => `{"a":${piece.repeat(count)}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('__proto__', 'constructor', 'model_type', 'vocab_size')
      .map((key) => JSON.stringify(config).replace('{', () => `{"${key}":{"polluted":1},`)),
  },
);
const folder = ownFolder();
export const configCases: fc.Arbitrary<Case> = fc
  .oneof(
    { weight: 3, arbitrary: configText.map((json) => strToU8(json)) },
    { weight: 1, arbitrary: damaged(folder['config.json']) },
  )
  .map((bytes) => ({ kind: 'config', bytes }));

const onnx = writeOnnx(agentState(1), { precision: 'f32' });
/** A graph in a graph, through the attributes of its nodes. */
const deep = (levels: number) => {
  let graph = message(7, text(2, 'g'));
  for (let i = 0; i < levels; i++) graph = message(7, message(1, message(5, message(6, [join(graph)]))));
  return join([...graph, ...message(8, integer(2, 17))]);
};
export const onnxCases: fc.Arbitrary<Case> = fc
  .oneof(
    { weight: 4, arbitrary: damaged(onnx) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 300 }).map(deep) },
    // So many empty inputs, outputs, tensors and nodes.
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(1, 5, 11, 12), fc.integer({ min: 1, max: 50_000 }))
        .map(([field, count]) =>
          join([
            ...message(7, Array.from({ length: count }, () => message(field, [])).flat()),
            ...message(8, integer(2, 17)),
          ]),
        ),
    },
    // Weights in another file, and lengths that are not there.
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        join([...message(7, message(5, integer(14, 1))), ...message(8, integer(2, 17))]),
        Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
        new Uint8Array(1e6).fill(0x08),
        new Uint8Array(1e6).fill(0xff),
      ),
    },
  )
  .map((bytes) => ({ kind: 'onnx', bytes }));

const run = await writeRunArchive(snapshot('r', 6), format);
const parts = unzipSync(run);
const json = (name: string) => JSON.parse(new TextDecoder().decode(parts[name])) as Record<string, unknown>;
type Parts = Record<string, Uint8Array>;
const manifest = json('manifest.json');
const kept = Object.keys(manifest);
const invisible = fc.constantFrom('', ' ', '\u200b', '\u202e', '\u3164', '\0', 'a'.repeat(1001), '__proto__');

/** With the right hashes, so that what is inside is read. */
async function pack(changed: Parts, own: Record<string, unknown> = manifest): Promise<Uint8Array> {
  const { 'manifest.json': _, ...rest } = changed;
  return zipSync(
    { 'manifest.json': strToU8(JSON.stringify({ ...own, parts: await hashes(rest) })), ...rest },
    { level: 1 },
  );
}
const lines = new TextDecoder().decode(parts['metrics.jsonl']).trimEnd().split('\n');
const packed = fc.oneof(
  fc.tuple(fc.constantFrom(...kept.filter((key) => key !== 'parts')), fc.oneof(anyValue, invisible)).map(
    ([key, value]) =>
      () =>
        pack(parts, { ...manifest, [key]: value }),
  ),
  fc
    .record({ step: fc.nat(9), finished: fc.boolean(), name: fc.oneof(invisible, fc.string()) })
    .map((own) => () => pack(parts, { ...manifest, ...own })),
  fc
    .shuffledSubarray(lines.concat(lines))
    .map((some) => () => pack({ ...parts, 'metrics.jsonl': strToU8(some.join('\n')) })),
  fc
    .tuple(
      fc.constantFrom('config.json', 'evaluations.json', 'measured.json', 'tokenizer.json'),
      fc.oneof(
        anyValue.map((value) => JSON.stringify(value) ?? ''),
        fc.string(),
        fc.constantFrom('{"seed":1,"seed":2}', '[[[[', '{"__proto__":{"polluted":1}}'),
      ),
    )
    .map(
      ([name, value]) =>
        () =>
          pack({ ...parts, [name]: strToU8(value) }),
    ),
  fc.tuple(fc.constantFrom(...Object.keys(parts)), fc.nat(), bit).map(([name, at, b]) => () => {
    const changed = parts[name].slice();
    changed[at % Math.max(1, changed.length)] ^= 1 << b;
    return pack({ ...parts, [name]: changed });
  }),
  fc
    .constantFrom('../x', '/x', 'a/../../x', 'C:x', 'a\\x', 'a/./x', 'config.json/', '\u0000')
    .map((path) => () => pack({ ...parts, [path]: Uint8Array.of(1) })),
  // fflate writes no entry of this name; it is put in afterwards.
  fc.constant(async () => renamed(await pack({ ...parts, nine_long: Uint8Array.of(1) }), 'nine_long', '__proto__')),
  fc
    .constantFrom('config.json', 'metrics.jsonl', 'manifest.json')
    .map((name) => () => Promise.resolve(zipSync({ ...parts, [name]: new Uint8Array(5e6).fill(0x20) }))),
  fc
    .constantFrom(...Object.keys(parts))
    .map((name) => () => pack(Object.fromEntries(Object.entries(parts).filter(([other]) => other !== name)))),
);

/** With another name of the same length wherever it stands. */
function renamed(zip: Uint8Array, from: string, to: string): Uint8Array {
  return Uint8Array.from(Buffer.from(Buffer.from(zip).toString('latin1').replaceAll(from, to), 'latin1'));
}

/** `count` archives, the same for the same seed. */
export async function archiveCases(seed: number, count: number): Promise<Case[]> {
  const inside = await Promise.all(fc.sample(packed, { seed, numRuns: Math.ceil(count / 2) }).map((make) => make()));
  const outside = fc.sample(damaged(run), { seed, numRuns: Math.floor(count / 2) });
  return [...inside, ...outside].map((bytes) => ({ kind: 'archive', bytes }));
}
