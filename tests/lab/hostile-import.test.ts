/** Files of an enemy: each gives an error with a name and in plain words, or the very guest that was meant. */
import { zipSync } from 'fflate';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Files } from '../../src/checkpoint/folder';
import type { Guest } from '../../src/checkpoint/guest';
import { checkGuest } from '../../src/checkpoint/guest-check';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { packZip } from '../../src/checkpoint/zip';
import { readOffer } from '../../src/lab/import/read';
import { decode, encode, foreignFolder, ownFolder, withValue } from '../checkpoint/guest-folder';
import { agentState, smallConfig } from '../checkpoint/fixtures';

const known = new Set([
  ...['NotAnArchiveError', 'ArchiveDamagedError', 'ArchiveTooLargeError', 'OfferError', 'AgentFilesError'],
  ...[
    'ModelConfigError',
    'UnsupportedModelError',
    'SafetensorsError',
    'NotFiniteError',
    'GuestTokenizerError',
    'OnnxFileError',
  ],
]);
/** Milliseconds that any of these small files may take, on a busy machine too. */
const PATIENCE = 5000;

let cases = 0;
const own = ownFolder();
const sharded = foreignFolder(smallConfig, { shards: 2 }).files;
const zip = packZip(own);

const folder = (files: Files) =>
  Object.entries(files).map(([path, bytes]) => ({ path: `m/${path}`, content: new Blob([new Uint8Array(bytes)]) }));
const archive = (bytes: Uint8Array, path = 'm.zip') => [{ path, content: new Blob([new Uint8Array(bytes)]) }];

/** The guest, or null where it was refused as it should be. */
async function attempt(files: Parameters<typeof readOffer>[0]): Promise<Guest | null> {
  cases++;
  const start = performance.now();
  try {
    const offer = await readOffer(files);
    if (offer.kind === 'run') throw new Error('This is no run.');
    expect(offer.guests).toHaveLength(1);
    const [{ guest }] = offer.guests;
    return checkGuest(guest, guest.name);
  } catch (error) {
    const { name, message } = error as Error;
    expect(known, `${name}: ${message}`).toContain(name);
    expect(message).toMatch(/^.{10,600}[.]$/su);
    // What the tokenizers' library says is quoted.
    expect(message.replace(/ says ".*"/s, '')).not.toMatch(/undefined|\[object|\bat .*:\d+:\d+/);
    return null;
  } finally {
    expect(performance.now() - start).toBeLessThan(PATIENCE);
  }
}

const meant = await attempt(archive(zip));
const meantSharded = await attempt(folder(sharded));

/** Refused, or what was meant, bit for bit. */
async function refusedOrMeant(files: Parameters<typeof readOffer>[0], expected = meant): Promise<void> {
  const guest = await attempt(files);
  if (guest) expect({ ...guest, name: '' }).toEqual({ ...expected!, name: '' });
}

async function refused(files: Parameters<typeof readOffer>[0]): Promise<void> {
  expect(await attempt(files)).toBeNull();
}

const flip = (bytes: Uint8Array, at: number, bit: number) => {
  const changed = bytes.slice();
  changed[at % bytes.length] ^= 1 << bit;
  return changed;
};
const bit = fc.integer({ min: 0, max: 7 });
const anyFile = fc.constantFrom(...Object.keys(own));

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.getPrototypeOf(Object.prototype)).toBeNull();
});
afterAll(() => {
  expect(cases).toBeGreaterThan(2000);
});

describe('cut off', () => {
  it('a zip, anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), (length) => refused(archive(zip.subarray(0, length)))),
      { numRuns: 150 },
    );
  });

  it('any file of a folder, anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), (name, at) => {
        const cut = own[name].subarray(0, at % own[name].length);
        // A JSON text without the line's end behind it is whole.
        return refusedOrMeant(folder({ ...own, [name]: cut }));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a bit flipped', () => {
  it('in every header field of a zip', async () => {
    const view = new DataView(zip.buffer);
    const end = zip.length - 22;
    const directory = view.getUint32(end + 16, true);
    const places = [
      ...Array.from({ length: 30 }, (_, i) => i),
      ...Array.from({ length: 46 }, (_, i) => directory + i),
      ...Array.from({ length: 22 }, (_, i) => end + i),
    ];
    for (const at of places) for (let b = 0; b < 8; b++) await refusedOrMeant(archive(flip(zip, at, b)));
  }, 120_000);

  it('anywhere in a zip', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), bit, (at, b) => refusedOrMeant(archive(flip(zip, at, b)))),
      { numRuns: 300 },
    );
  });

  it('anywhere in a header of safetensors', async () => {
    const weights = own['model.safetensors'];
    const length = 8 + Number(new DataView(weights.buffer).getBigUint64(0, true));
    await fc.assert(
      fc.asyncProperty(fc.nat(length - 1), bit, (at, b) =>
        refusedOrMeant(folder({ ...own, 'model.safetensors': flip(weights, at, b) })),
      ),
      { numRuns: 300 },
    );
  });

  it('anywhere in the index of shards', async () => {
    const name = 'model.safetensors.index.json';
    await fc.assert(
      fc.asyncProperty(fc.nat(sharded[name].length - 1), bit, (at, b) =>
        refusedOrMeant(folder({ ...sharded, [name]: flip(sharded[name], at, b) }), meantSharded),
      ),
      { numRuns: 150 },
    );
  });

  it('anywhere in config.json or a tokenizer: refused, or a model that is whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), bit, async (name, at, b) => {
        await attempt(folder({ ...own, [name]: flip(own[name], at, b) }));
      }),
      { numRuns: 300 },
    );
  });
});

/** A safetensors file of this header, with the data of the true one. */
function forged(header: unknown, length?: bigint): Uint8Array {
  const true_ = own['model.safetensors'];
  const data = true_.subarray(8 + Number(new DataView(true_.buffer).getBigUint64(0, true)));
  const json = encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}
const trueHeader = () => {
  const bytes = own['model.safetensors'];
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return decode(bytes.subarray(8, 8 + length)) as Record<string, { shape?: number[]; data_offsets?: number[] }>;
};
const tensorNames = Object.keys(trueHeader()).filter((name) => name !== '__metadata__');
const weights = (bytes: Uint8Array) => folder({ ...own, 'model.safetensors': bytes });

describe('weights that lie', () => {
  it('about the length of their header, up to 4 GB and beyond', async () => {
    const length = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(2n ** 32n, 2n ** 53n, 10n ** 8n),
    );
    await fc.assert(
      fc.asyncProperty(length, (announced) => refusedOrMeant(weights(forged(trueHeader(), announced)))),
      { numRuns: 100 },
    );
  });

  it('about where their tensors stand', async () => {
    const offset = fc.oneof(fc.integer(), fc.nat(20_000), fc.double(), fc.constantFrom(2 ** 53, -1, 1e308));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tensorNames), fc.array(offset, { maxLength: 3 }), (name, offsets) => {
        const header = trueHeader();
        header[name].data_offsets = offsets;
        return refusedOrMeant(weights(forged(header)));
      }),
      { numRuns: 150 },
    );
  });

  it('about their shapes, or that overlap', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tensorNames), fc.array(fc.oneof(fc.nat(40), fc.integer())), (name, shape) => {
        const header = trueHeader();
        header[name].shape = shape;
        return refusedOrMeant(weights(forged(header)));
      }),
      { numRuns: 150 },
    );
    const [first, second] = tensorNames;
    const header = trueHeader();
    header[second].data_offsets = header[first].data_offsets!;
    await refused(weights(forged(header)));
  });

  it('with a NaN or an infinity', async () => {
    for (const value of [NaN, Infinity, -Infinity]) await refused(weights(withValue(smallConfig, value)));
  });
});

const nasty = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.constantFrom(
    0,
    -1,
    1e9,
    2 ** 31,
    1.5,
    '16',
    null,
    true,
    '__proto__',
    'constructor',
    '<img src=x onerror=alert(1)>',
  ),
);

describe('words that lie', () => {
  it('in config.json: any key, any value', async () => {
    const config = decode(own['config.json']);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(config)), nasty, async (key, value) => {
        await attempt(folder({ ...own, 'config.json': encode({ ...config, [key]: value }) }));
      }),
      { numRuns: 200 },
    );
  });

  it('in tokenizer.json: any part, any value', async () => {
    const tokenizer = decode(own['tokenizer.json']);
    const parts = ['model', 'added_tokens', 'normalizer', 'pre_tokenizer', 'post_processor', 'decoder'];
    const typed = fc.record({
      type: fc.constantFrom(
        'Sequence',
        'Replace',
        'Split',
        'ByteLevel',
        'BPE',
        'Unigram',
        'FixedLength',
        'Strip',
        'TemplateProcessing',
      ),
      pattern: fc.oneof(nasty, fc.record({ Regex: fc.string() }), fc.record({ String: fc.string() })),
      vocab: nasty,
      merges: nasty,
      length: nasty,
      pretokenizers: nasty,
      decoders: nasty,
      content: nasty,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...parts), fc.oneof(nasty, typed), async (part, value) => {
        await attempt(folder({ ...own, 'tokenizer.json': encode({ ...tokenizer, [part]: value }) }));
      }),
      { numRuns: 300 },
    );
  });

  it('in a vocabulary: ids twice, beyond, and keys that pollute', async () => {
    const text = new TextDecoder().decode(own['tokenizer.json']);
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'polluted'),
    );
    const id = fc.oneof(fc.nat(12), nasty);
    await fc.assert(
      fc.asyncProperty(word, id, async (name, value) => {
        const entry = `${JSON.stringify(name)}: ${JSON.stringify(value) ?? 'null'}`;
        const guest = await attempt(
          folder({ ...own, 'tokenizer.json': new TextEncoder().encode(text.replace('"dance": 10', () => entry)) }),
        );
        if (guest) expect(value).toBe(10);
      }),
      { numRuns: 200 },
    );
  });

  it('that would change every object', async () => {
    const polluting = '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}';
    for (const name of Object.keys(own).filter((file) => file.endsWith('.json'))) {
      const text = new TextDecoder().decode(own[name]).replace('{', `${polluting}, `);
      await refusedOrMeantApart(folder({ ...own, [name]: new TextEncoder().encode(text) }));
    }
  });

  it('in names and the model card: script stays text, and is not even read', async () => {
    const script = '<script>globalThis.polluted = true</script>';
    const files = [
      ...folder(own).map(({ path, content }) => ({ path: path.replace('m/', `${script.replace('/', '')}/`), content })),
      { path: 'README.md', content: new Blob([script]) },
    ];
    const guest = await attempt(files);
    expect(guest!.name).toBe(script.replace('/', ''));
    expect(globalThis).not.toHaveProperty('polluted');
  });
});

/** What comes in with foreign keys is not what was meant, and nothing else changes by it. */
async function refusedOrMeantApart(files: Parameters<typeof readOffer>[0]): Promise<void> {
  const guest = await attempt(files);
  if (guest) expect(guest.parameters).toEqual(meant!.parameters);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

describe('an ONNX file', () => {
  const { 'model.safetensors': _, ...rest } = own;
  const onnx = writeOnnx(agentState(1), { precision: 'f32' });
  const offer = (bytes: Uint8Array) => folder({ ...rest, 'onnx/model.onnx': bytes });

  it('that was cut off or changed, anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(onnx.length - 1), bit, async (at, b) => {
        const guest = await attempt(offer(flip(onnx, at, b)));
        if (guest) expect(guest.config).toEqual(smallConfig);
        await refused(offer(onnx.subarray(0, at)));
      }),
      { numRuns: 150 },
    );
  });

  it('of more fields than anybody has, or of nothing', async () => {
    await refused(offer(new Uint8Array(4_000_000).fill(8)));
    await refused(offer(new Uint8Array()));
  });
});

describe('zips that do harm', () => {
  const paths = ['../x', 'a/../../x', '/etc/x', 'C:/x', 'C:\\x', 'a\\..\\x', '..', './x', 'a//x', 'a/\u0000x', 'a/\nx'];
  it.each(paths)('with the path %j', async (path) => {
    await refused(archive(zipSync({ ...own, [path]: new Uint8Array(3) })));
    await refused(
      archive(
        zipSync({
          [`${path}/config.json`]: own['config.json'],
          [`${path}/model.safetensors`]: own['model.safetensors'],
        }),
      ),
    );
    await refused([
      { path: `${path}/config.json`, content: new Blob([new Uint8Array(own['config.json'])]) },
      { path: `${path}/model.safetensors`, content: new Blob([new Uint8Array(own['model.safetensors'])]) },
    ]);
  });

  it('with more in them than there is room for', async () => {
    const bomb = zipSync({ 'm/config.json': new Uint8Array(2 ** 24), 'm/model.safetensors': new Uint8Array(2 ** 24) });
    expect(bomb.length).toBeLessThan(40_000);
    await refused(archive(bomb));
    // Announced beyond what deflate can hold, and beyond all limits.
    for (const size of [2 ** 28, 2 ** 30, 2 ** 32 - 2, 2 ** 32 - 1]) {
      const lying = zip.slice();
      const view = new DataView(lying.buffer);
      view.setUint32(view.getUint32(zip.length - 6, true) + 24, size, true);
      await refused(archive(lying));
    }
    const many = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`${i}`, new Uint8Array()]));
    await refused(archive(zipSync(many)));
  });

  it('with one name twice', async () => {
    const twice = Buffer.from(zipSync({ ...own, 'config.jsom': own['config.json'] }));
    for (let at = twice.indexOf('config.jsom'); at >= 0; at = twice.indexOf('config.jsom'))
      twice.write('config.json', at);
    await refused(archive(twice));
  });

  it('of anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), (bytes) => refused(archive(bytes))),
      { numRuns: 100 },
    );
  });
});
