import { unzipSync, zipSync, type Zippable } from 'fflate';
import { ArchiveDamagedError, ArchiveTooLargeError, NotAnArchiveError } from './archive-errors';
import { crc32 } from './crc32';
import type { Files } from './folder';
import { limitsOf, oversize } from './limits';
import { short } from './short';

/** What an archive may ask of memory, in bytes once unpacked; a small zip can announce terabytes. */
export interface ZipLimits {
  files: number;
  file: number;
  total: number;
}

export const zipLimits: ZipLimits = { files: 1000, file: 2 ** 29, total: 2 ** 30 };

/** Deflate makes nothing smaller than this. */
const MOST_DENSE = 1032;
const DEFLATED = 8;
const DIRECTORY_END = 0x0605_4b50;
const DIRECTORY_ENTRY = 0x0201_4b50;
const FILE = 0x0403_4b50;
const ZIP64 = 0x0706_4b50;

/** A zip whose directory was checked against the limits before any of it was unpacked. */
export interface Zip {
  /** Paths of its files, folders left out. */
  readonly paths: readonly string[];
  /** The named files that are there, as their checksums say that they were. */
  read(names: readonly string[]): Files;
}

/** Throws `NotAnArchiveError`, `ArchiveTooLargeError` or `ArchiveDamagedError`. */
export function openZip(bytes: Uint8Array, limits: Partial<ZipLimits> = {}): Zip {
  const most = { ...zipLimits, ...limits };
  const names = new Set<string>();
  let total = 0;
  unzip(bytes, ({ name, originalSize, size, compression }) => {
    if (names.has(name))
      throw new ArchiveDamagedError(`This archive has ${short(name)} twice. Export or download it again.`);
    checkPath(name);
    names.add(name);
    const unpacked = compression === 0 ? Math.max(size, originalSize) : originalSize;
    total += unpacked;
    checkSize(name, unpacked);
    const dense = compression === DEFLATED && unpacked > MOST_DENSE * size;
    if (names.size > most.files || unpacked > most.file || total > most.total || dense) throw tooLarge();
    return false;
  });
  const checksums = readChecksums(bytes);
  const order = [...names];
  return {
    paths: order.filter((name) => !name.endsWith('/')),
    read(wanted) {
      const those = new Set(wanted);
      const files = Object.fromEntries(Object.entries(unzip(bytes, ({ name }) => those.has(name))));
      order.forEach((name, i) => {
        if (Object.hasOwn(files, name) && crc32(files[name]) !== checksums[i]) {
          throw new ArchiveDamagedError(`${short(name)} in this archive is damaged. Export or download it again.`);
        }
      });
      return files;
    },
  };
}

/** Throws `ArchiveDamagedError` for a path that leaves its folder, or means other things on other systems. */
export function checkPath(path: string): void {
  const parts = path.replace(/\/$/, '').split('/');
  if (parts.some((part) => ['', '.', '..'].includes(part)) || /[\\\u0000-\u001f\u007f]|^[A-Za-z]:/.test(path)) {
    throw new ArchiveDamagedError(
      `"${short(path)}" is no path inside a folder, so nothing was unpacked. Choose another file.`,
    );
  }
}

/** Throws `ArchiveTooLargeError` for a file that is larger than such files are. */
export function checkSize(path: string, bytes: number): void {
  const why = oversize(bytes, limitsOf(path));
  if (why !== null) throw new ArchiveTooLargeError(`${short(path)} ${why}, so it was not read. Choose another file.`);
}

export function tooLarge(): ArchiveTooLargeError {
  const gigabytes = zipLimits.total / 2 ** 30;
  return new ArchiveTooLargeError(
    `This announces more than this page takes in (${zipLimits.files} files, ${gigabytes} GiB), so it was not unpacked. Choose another file.`,
  );
}

/** Files in their order as one zip. The same files give the same bytes. */
export function packZip(files: Files): Uint8Array<ArrayBuffer> {
  const zip: Zippable = {};
  for (const [path, content] of Object.entries(files)) {
    // Trained floats hardly shrink: storing them is as small, and quick.
    zip[path] = [content, { level: /\.(safetensors|onnx)$/.test(path) ? 0 : 6 }];
  }
  // Local time is what a zip keeps, so this is the same date everywhere.
  return zipSync(zip, { mtime: new Date(1980, 0, 1) });
}

/**
 * CRC-32 of each file, in the directory's order; the library does not look at them, nor at whether the directory is whole
 * and names each file as the file itself does.
 */
function readChecksums(bytes: Uint8Array): number[] {
  try {
    return walkDirectory(bytes);
  } catch (error) {
    throw error instanceof RangeError ? notAnArchive() : error;
  }
}

function walkDirectory(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const short = (at: number) => view.getUint16(at, true);
  const long = (at: number) => view.getUint32(at, true);
  const name = (at: number, length: number) => bytes.subarray(at, at + length).join();
  let end = bytes.length - 22;
  while (long(end) !== DIRECTORY_END) end--;
  // Only what is beyond the limits has to be written that way.
  if (end >= 20 && long(end - 20) === ZIP64) throw tooLarge();
  let at = long(end + 16);
  const checksums = Array.from({ length: short(end + 8) }, () => {
    const [length, file] = [short(at + 28), long(at + 42)];
    if (long(at) !== DIRECTORY_ENTRY || long(file) !== FILE) throw notAnArchive();
    if (name(at + 46, length) !== name(file + 30, short(file + 26))) throw notAnArchive();
    const checksum = long(at + 16);
    at += 46 + length + short(at + 30) + short(at + 32);
    return checksum;
  });
  if (at !== end || short(end + 10) !== checksums.length) throw notAnArchive();
  return checksums;
}

type Filter = NonNullable<NonNullable<Parameters<typeof unzipSync>[1]>['filter']>;

function unzip(bytes: Uint8Array, filter: Filter): Files {
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    if (error instanceof ArchiveDamagedError || error instanceof ArchiveTooLargeError) throw error;
    throw notAnArchive();
  }
}

function notAnArchive(): NotAnArchiveError {
  return new NotAnArchiveError(
    'This is neither a .waltz file nor a zip, or it was cut off. Choose another file, or download it again.',
  );
}
