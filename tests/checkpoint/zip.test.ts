import { zipSync, type Zippable } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source';
import { bytesSource } from '../../src/checkpoint/byte-source';
import { openZip } from '../../src/checkpoint/zip';

/** Bytes that hardly shrink, and some that do. */
const content = Uint8Array.from({ length: 1_200_000 }, (_, i) =>
  i % 3 === 0 ? Math.imul(i ^ (i >>> 3), 2_654_435_761) >>> 24 : 7,
);
const zipOf = (level: 0 | 6, more: Zippable = {}) =>
  zipSync({ 'm/weights.bin': [content, { level }], 'm/small.txt': new Uint8Array([1, 2, 3]), ...more });

/** Counts what is read of it, and the longest slice. */
function counted(bytes: Uint8Array) {
  const counts = { read: 0, longest: 0 };
  const source: ByteSource = {
    size: bytes.length,
    slice: (begin, end) => {
      counts.read += end - begin;
      counts.longest = Math.max(counts.longest, end - begin);
      return Promise.resolve(bytes.subarray(begin, end));
    },
  };
  return { source, counts };
}

describe.each([
  ['packed', 6],
  ['stored', 0],
] as const)('a file that is %s in a zip', (_, level) => {
  it('is read in slices, of which only the last is in memory', async () => {
    const zip = zipOf(level);
    const { source, counts } = counted(zip);
    const file = (await openZip(source)).source('m/weights.bin');
    expect(file.size).toBe(content.length);
    for (let at = 0; at < content.length; at += 300_001) {
      const end = Math.min(content.length, at + 300_001);
      expect(Buffer.compare(await file.slice(at, end), content.subarray(at, end))).toBe(0);
    }
    expect(counts.longest).toBeLessThan(300_000);
    expect(counts.read).toBeLessThan(1.5 * zip.length);
  });

  it('is read again from its begin by whoever goes back, also by two at once', async () => {
    const file = (await openZip(bytesSource(zipOf(level)))).source('m/weights.bin');
    const places = [
      [900_000, 1_000_000],
      [10, 20],
      [500_000, 1_200_000],
      [0, 0],
    ];
    const slices = await Promise.all(places.map(([begin, end]) => file.slice(begin, end)));
    slices.forEach((slice, i) => {
      const [begin, end] = places[i];
      expect(Buffer.compare(slice, content.subarray(begin, end))).toBe(0);
    });
  });

  it('is told from a damaged one where it ends', async () => {
    const zip = zipOf(level);
    zip[Math.floor(zip.length / 2)] ^= 0x10;
    const opened = await openZip(bytesSource(zip));
    const file = opened.source('m/weights.bin');
    await expect(file.slice(0, file.size)).rejects.toThrow(/m\/weights.bin in this archive is damaged/);
    expect(await opened.read(['m/small.txt'])).toEqual({ 'm/small.txt': new Uint8Array([1, 2, 3]) });
  });

  it('may not be more or less than was announced', async () => {
    for (const change of [-1, 1]) {
      const zip = zipOf(level);
      const view = new DataView(zip.buffer, zip.byteOffset);
      let entry = zip.length - 22;
      while (view.getUint32(entry, true) !== 0x0201_4b50 || view.getUint32(entry + 24, true) !== content.length)
        entry--;
      view.setUint32(entry + 24, content.length + change, true);
      const file = (await openZip(bytesSource(zip))).source('m/weights.bin');
      await expect(file.slice(0, file.size)).rejects.toThrow(/is damaged/);
    }
  });
});

it('is no zip where it is cut off, and is refused for what cannot be read here', async () => {
  const zip = zipOf(6);
  for (const length of [0, 10, 21, zip.length - 1, zip.length - 30]) {
    await expect(openZip(bytesSource(zip.subarray(0, length)))).rejects.toThrow(/neither a .waltz file nor a zip/);
  }
  const changed = (offset: number, value: number) => {
    const bytes = zip.slice();
    const view = new DataView(bytes.buffer);
    const at = view.getUint32(bytes.length - 22 + 16, true);
    view.setUint16(at + offset, value, true);
    return openZip(bytesSource(bytes));
  };
  await expect(changed(8, 1)).rejects.toThrow(/behind a password/);
  await expect(changed(10, 14)).rejects.toThrow(/packs .*weights.bin in a way that is not read here/);
});
