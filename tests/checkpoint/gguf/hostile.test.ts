/** GGUF files of an enemy, or of a bad line: each gives an error in words, soon, or a model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource, type ByteSource } from '../../../src/checkpoint/byte-source';
import { headerLimits } from '../../../src/checkpoint/gguf/header';
import { readGguf } from '../../../src/checkpoint/gguf/read-gguf';
import type { GuestFiles } from '../../../src/checkpoint/guest-files';
import { smallGguf, withEntries } from './small-gguf';

const known = ['GgufError', 'NotFiniteError', 'ModelConfigError', 'UnsupportedModelError', 'GuestTokenizerError'];
/** Milliseconds that any of these small files may take, on a busy machine too. */
const PATIENCE = 5000;
const file = smallGguf();
/** What tells of the tensors ends, and their values begin. */
const dataStart = Buffer.from(file.buffer).lastIndexOf('ffn_down.weight') + 64;

async function attempt(source: ByteSource): Promise<GuestFiles | null> {
  const begun = performance.now();
  try {
    return await readGguf(source, 'hostile');
  } catch (error) {
    const { name, message } = error as Error;
    expect(known, `${name}: ${message}`).toContain(name);
    expect(message).toMatch(/^.{10,600}[.]$/su);
    expect(message.replace(/ says ".*"/s, '')).not.toMatch(/undefined|\[object|\bat .*:\d+:\d+/);
    return null;
  } finally {
    expect(performance.now() - begun).toBeLessThan(PATIENCE);
  }
}

describe('a GGUF file', () => {
  it('that was cut off anywhere is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
        expect(await attempt(bytesSource(file.slice(0, length)))).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('with any bytes of its header changed gives a model or is refused in words', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(dataStart - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const changed = file.slice();
          for (const [at, byte] of changes) changed[at] = byte;
          if ((await attempt(bytesSource(changed))) === null) refused++;
        },
      ),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('with the largest numbers in the place of any is refused in words', async () => {
    const numbers = [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n, 2n ** 32n, 2n ** 31n - 1n, 10n ** 6n, 0n];
    await fc.assert(
      fc.asyncProperty(fc.nat(dataStart - 8), fc.constantFrom(...numbers), async (at, number) => {
        const changed = file.slice();
        new DataView(changed.buffer).setBigUint64(at, number, true);
        await attempt(bytesSource(changed));
      }),
      { numRuns: 1000 },
    );
  });

  it('with any values of its tensors gives a model, or says that they are not finite', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 4, maxLength: 64 }), fc.nat(), async (bytes, at) => {
        const changed = file.slice();
        changed.set(bytes, dataStart + (at % (file.length - dataStart - bytes.length)));
        await attempt(bytesSource(changed));
      }),
      { numRuns: 200 },
    );
  });

  it('whose header never ends is read to its limit, and no further', async () => {
    // Entries of one letter each, and each of them another one: a file of 2⁵⁰ bytes.
    const begin = new Uint8Array(24);
    begin.set(new TextEncoder().encode('GGUF'));
    const view = new DataView(begin.buffer);
    view.setUint32(4, 3, true);
    view.setBigUint64(8, 1n, true);
    view.setBigUint64(16, 1n, true);
    let most = 0;
    const endless = (body: (bytes: Uint8Array<ArrayBuffer>) => void): ByteSource => ({
      size: 2 ** 50,
      slice: (from, to) => {
        most = Math.max(most, to);
        const bytes = new Uint8Array(to - from);
        bytes.set(begin.subarray(from, to));
        body(bytes);
        return Promise.resolve(bytes);
      },
    });
    expect(await attempt(endless(() => undefined))).toBeNull();
    // A single text that is as long as all of it.
    expect(await attempt(endless((bytes) => bytes.fill(0xff, 24, 31)))).toBeNull();
    // A list of texts of no length.
    expect(
      await attempt(
        endless((bytes) => {
          const list = new DataView(bytes.buffer);
          bytes[24] = 1;
          bytes[32] = 'a'.charCodeAt(0);
          list.setUint32(33, 9, true);
          list.setUint32(37, 8, true);
          list.setBigUint64(41, 2_000_000n, true);
        }),
      ),
    ).toBeNull();
    expect(most).toBeLessThanOrEqual(headerLimits.bytes);
  });

  it('with words like those that code uses reads them as words', async () => {
    const tokens = ['__proto__', 'constructor', 'toString'];
    const kinds = tokens.map(() => 1);
    const refused = withEntries({
      'tokenizer.ggml.tokens': ['text', tokens],
      'tokenizer.ggml.token_type': ['i32', kinds],
      'tokenizer.ggml.merges': ['text', ['valueOf hasOwnProperty']],
    });
    expect(await attempt(bytesSource(refused))).toBeNull();
    const kept = withEntries({
      'tokenizer.ggml.tokens': ['text', tokens],
      'tokenizer.ggml.token_type': ['i32', kinds],
      'tokenizer.ggml.merges': ['text', []],
    });
    const { guest } = (await attempt(bytesSource(kept)))!;
    expect(Object.entries((guest.tokenizer.model as { vocab: object }).vocab)).toContainEqual(['toString', 2]);
  });
});
