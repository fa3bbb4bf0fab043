import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkText, cut, LARGEST_TEXT, LessonTextError, predicted, readTextFile } from '../../../src/lab/teaching/text';

describe('a file', () => {
  const read = (...parts: BlobPart[]) => readTextFile(new Blob(parts));

  it('is read as UTF-8, without its mark', async () => {
    expect(await read(new Uint8Array([0xef, 0xbb, 0xbf]), 'Es war einmal — ein Bär.\n')).toBe(
      'Es war einmal — ein Bär.\n',
    );
  });

  it.each<[string, BlobPart]>([
    ['Latin-1', new Uint8Array([0x42, 0xe4, 0x72])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x42, 0])],
    ['UTF-16 without its mark', new Uint8Array([0x42, 0, 0x61, 0])],
    ['a cut character', new Uint8Array([0x42, 0xe2, 0x80])],
  ])('of %s is refused', async (_, part) => {
    await expect(read(part)).rejects.toThrow(LessonTextError);
    await expect(read(part)).rejects.toThrow('not plain text in UTF-8');
  });

  it('that is too large is refused without being read', async () => {
    const arrayBuffer = () => Promise.reject(new Error('It was read.'));
    await expect(readTextFile({ size: LARGEST_TEXT + 1, arrayBuffer })).rejects.toThrow('Take a part of it');
    expect(await read('a'.repeat(LARGEST_TEXT))).toHaveLength(LARGEST_TEXT);
  });
});

describe('a text', () => {
  it('is refused empty, and too large in bytes', () => {
    expect(() => checkText(' \n\t')).toThrow('There is no text yet');
    expect(() => checkText('é'.repeat(LARGEST_TEXT / 2))).not.toThrow();
    expect(() => checkText('é'.repeat(LARGEST_TEXT / 2 + 1))).toThrow(LessonTextError);
  });

  it('of a few tokens is refused', () => {
    const ids = Array.from({ length: 20 }, (_, i) => i);
    expect(() => cut(ids.slice(1), 8)).toThrow('19 tokens and needs 20');
    expect(cut(ids, 2048)).toEqual({ training: [ids.slice(0, 18)], heldOut: [ids.slice(17)] });
  });

  it('has every token but the first predicted once, after the tokens that stand before it', () => {
    const sizes = fc.record({ count: fc.integer({ min: 20, max: 400 }), length: fc.integer({ min: 2, max: 500 }) });
    fc.assert(
      fc.property(sizes, ({ count, length }) => {
        const ids = Array.from({ length: count }, (_, i) => i);
        const { training, heldOut } = cut(ids, length);
        const all = [...training, ...heldOut];
        expect(all.flatMap((sequence) => sequence.slice(1))).toEqual(ids.slice(1));
        for (const [first, ...rest] of all) expect(rest).toEqual(rest.map((_, i) => first + 1 + i));
        expect(Math.max(...all.map((sequence) => sequence.length))).toBeLessThanOrEqual(length);
        expect(predicted(heldOut)).toBe(Math.round(count / 10));
      }),
    );
  });
});
