import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { ArchiveTooLargeError } from '../../src/checkpoint/archive-errors';
import { bytesSource } from '../../src/checkpoint/byte-source';
import { openZip } from '../../src/checkpoint/zip';
import { ZipWriter } from '../../src/checkpoint/zip-writer';

const files = {
  'a/one.bin': new Uint8Array([1, 2, 3]),
  'zwei ü.txt': new Uint8Array(5000).fill(7),
  nothing: new Uint8Array(),
};

function writer(capacity?: { bytes: number; files: number }) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const zip = new ZipWriter((chunk) => chunks.push(chunk.slice()), capacity);
  const whole = async () => new Uint8Array(await new Blob(chunks).arrayBuffer());
  return { zip, whole };
}

it('writes what every reader of zips reads', async () => {
  const { zip, whole } = writer();
  for (const [path, content] of Object.entries(files)) zip.add(path, content);
  zip.end();
  const bytes = await whole();
  expect(unzipSync(bytes)).toEqual(files);
  const opened = await openZip(bytesSource(bytes));
  expect(await opened.read(opened.paths)).toEqual(files);
});

it('refuses more than a zip can hold, before it writes any of it', async () => {
  const { zip, whole } = writer({ bytes: 5500, files: 10 });
  zip.add('a', files['zwei ü.txt']);
  expect(() => zip.add('b', new Uint8Array(400))).toThrow(ArchiveTooLargeError);
  zip.add('c', new Uint8Array(100));
  zip.end();
  const bytes = await whole();
  expect(Object.keys(unzipSync(bytes))).toEqual(['a', 'c']);
  expect(bytes.length).toBeLessThanOrEqual(5500);

  const few = writer({ bytes: 2 ** 32 - 1, files: 1 });
  few.zip.add('a', files.nothing);
  expect(() => few.zip.add('b', files.nothing)).toThrow(/4 GiB/);
});
