/** What a zip says of its files, read from its end (APPNOTE.TXT of PKWARE, 4.3); nothing is unpacked. */
import { strFromU8 } from 'fflate';
import { NotAnArchiveError } from './archive-errors';
import type { ByteSource } from './byte-source';

/** A file as it lies in a zip. Sizes in bytes. */
export interface ZipEntry {
  name: string;
  method: number;
  encrypted: boolean;
  checksum: number;
  /** As it lies there, and once unpacked. */
  packed: number;
  size: number;
  /** Where its bytes begin. */
  begin: number;
}

/** What only a zip beyond 4 GiB has. */
export class Zip64Error extends Error {
  override name = 'Zip64Error';
}

const END = 0x0605_4b50;
const END_LENGTH = 22;
const ENTRY = 0x0201_4b50;
const ENTRY_LENGTH = 46;
const FILE = 0x0403_4b50;
const FILE_LENGTH = 30;
const ZIP64 = 0x0706_4b50;
const ZIP64_LENGTH = 20;
/** Of a note behind the end. */
const LONGEST_NOTE = 0xffff;
const ENCRYPTED = 1;
const UTF8 = 2 ** 11;

/**
 * The files of a zip in its directory's order, folders among them, each under the name that the file itself has. Throws
 * `NotAnArchiveError`, also where the directory is not whole, and `Zip64Error`. `most` files are read, and one more.
 */
export async function readDirectory(source: ByteSource, most: number): Promise<ZipEntry[]> {
  try {
    return await read(source, most);
  } catch (error) {
    throw error instanceof RangeError ? notAnArchive() : error;
  }
}

export function notAnArchive(): NotAnArchiveError {
  return new NotAnArchiveError(
    'This is neither a .waltz file nor a zip, or it was cut off. Choose another file, or download it again.',
  );
}

async function read(source: ByteSource, most: number): Promise<ZipEntry[]> {
  const tailAt = Math.max(0, source.size - END_LENGTH - LONGEST_NOTE - ZIP64_LENGTH);
  const tail = viewOf(await source.slice(tailAt, source.size));
  let end = tail.byteLength - END_LENGTH;
  while (tail.getUint32(end, true) !== END) end--;
  if (end >= ZIP64_LENGTH && tail.getUint32(end - ZIP64_LENGTH, true) === ZIP64) throw new Zip64Error();
  const [here, count] = [tail.getUint16(end + 8, true), tail.getUint16(end + 10, true)];
  const [begin, finish] = [tail.getUint32(end + 16, true), tailAt + end];
  if (here !== count || begin > finish) throw notAnArchive();
  const directory = viewOf(await source.slice(begin, finish));
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const [length, extra, note] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    if (directory.getUint32(at, true) !== ENTRY) throw notAnArchive();
    if (entries.length <= most) entries.push(await readEntry(source, directory, at, length));
    at += ENTRY_LENGTH + length + extra + note;
  }
  if (at !== directory.byteLength) throw notAnArchive();
  return entries;
}

async function readEntry(source: ByteSource, directory: DataView, at: number, length: number): Promise<ZipEntry> {
  const name = bytesOf(directory, at + ENTRY_LENGTH, length);
  const flags = directory.getUint16(at + 8, true);
  const [checksum, packed, size, file] = [16, 20, 24, 42].map((field) => directory.getUint32(at + field, true));
  if (file + FILE_LENGTH + length > source.size) throw notAnArchive();
  const own = viewOf(await source.slice(file, file + FILE_LENGTH + length));
  const same = own.getUint16(26, true) === length && bytesOf(own, FILE_LENGTH, length).every((b, i) => b === name[i]);
  const begin = file + FILE_LENGTH + length + own.getUint16(28, true);
  if (own.getUint32(0, true) !== FILE || !same || begin + packed > source.size) throw notAnArchive();
  return {
    name: strFromU8(name, (flags & UTF8) === 0),
    method: directory.getUint16(at + 10, true),
    encrypted: (flags & ENCRYPTED) !== 0,
    ...{ checksum, packed, size, begin },
  };
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array) => new DataView(buffer, byteOffset, length);
const bytesOf = ({ buffer, byteOffset }: DataView, at: number, length: number) =>
  new Uint8Array(buffer, byteOffset + at, length);
