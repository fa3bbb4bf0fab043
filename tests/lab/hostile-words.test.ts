import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../checkpoint/guest-folder';
import { attempt, bit, flip, folder, meant, own, refusedOrMeant, watch } from './hostile';

watch();
const anyFile = fc.constantFrom(...Object.keys(own));

describe('any file of a folder', () => {
  it('cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), (name, at) => {
        const cut = own[name].subarray(0, at % own[name].length);
        // A JSON text without the line's end behind it is whole.
        return refusedOrMeant(folder({ ...own, [name]: cut }));
      }),
      { numRuns: 200 },
    );
  });

  it('with a bit flipped anywhere: refused, or a model that is whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), bit, async (name, at, b) => {
        await attempt(folder({ ...own, [name]: flip(own[name], at, b) }));
      }),
      { numRuns: 300 },
    );
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

/** What comes in with foreign keys is not what was meant, and nothing else changes by it. */
async function refusedOrMeantApart(files: Parameters<typeof attempt>[0]): Promise<void> {
  const guest = await attempt(files);
  if (guest) expect(guest.parameters).toEqual(meant!.parameters);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

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
