import { zipSync, type Zippable } from 'fflate';
import { ArchiveDamagedError, ArchiveTooLargeError } from './archive-errors';
import type { ByteSource } from './byte-source';
import type { Files } from './folder';
import { limitsOf, oversize } from './limits';
import { short } from './short';
import { readDirectory, Zip64Error, type ZipEntry } from './zip-directory';
import { ZipEntrySource } from './zip-entry-source';

/** What an archive may ask of memory, in bytes once unpacked; a small zip can announce terabytes. */
export interface ZipLimits {
  files: number;
  file: number;
  total: number;
}

export const zipLimits: ZipLimits = { files: 1000, file: 2 ** 29, total: 2 ** 30 };

/** What models may be of: they are unpacked as they are read, and never in memory whole. */
export const modelZipLimits: ZipLimits = { ...zipLimits, file: 2 ** 36, total: 2 ** 36 };

/** Deflate makes nothing smaller than this. */
const MOST_DENSE = 1032;
const STORED = 0;
const DEFLATED = 8;

/** A zip whose directory was checked against the limits before any of it was unpacked. */
export interface Zip {
  /** Paths of its files, folders left out. */
  readonly paths: readonly string[];
  /** A file of it, to be read in slices from its begin on. Throws `ArchiveDamagedError` where its checksum is not what its directory says. */
  source(path: string): ByteSource;
  /** The named files that are there, whole. Throws as `source` does. */
  read(names: readonly string[]): Promise<Files>;
}

/** Throws `NotAnArchiveError`, `ArchiveTooLargeError` or `ArchiveDamagedError`. */
export async function openZip(zip: ByteSource, limits: Partial<ZipLimits> = {}): Promise<Zip> {
  const most = { ...zipLimits, ...limits };
  const entries = new Map<string, ZipEntry>();
  let total = 0;
  for (const entry of await directoryOf(zip, most.files)) {
    const { name, method, encrypted, packed, size } = entry;
    const refuse = (why: string) => {
      throw new ArchiveDamagedError(`This archive ${why}. Export or download it again.`);
    };
    if (entries.has(name)) refuse(`has ${short(name)} twice`);
    checkPath(name);
    if (encrypted) refuse(`has ${short(name)} behind a password`);
    if (method !== STORED && method !== DEFLATED) refuse(`packs ${short(name)} in a way that is not read here`);
    entries.set(name, entry);
    const unpacked = method === STORED ? Math.max(packed, size) : size;
    total += unpacked;
    checkSize(name, unpacked);
    const dense = method === DEFLATED && unpacked > MOST_DENSE * packed;
    if (entries.size > most.files || unpacked > most.file || total > most.total || dense) throw tooLarge();
  }
  const source = (path: string) => new ZipEntrySource(zip, entries.get(path)!);
  return {
    paths: [...entries.keys()].filter((name) => !name.endsWith('/')),
    source,
    async read(wanted) {
      const files: Files = {};
      for (const name of wanted.filter((one) => entries.has(one))) {
        const file = source(name);
        files[name] = await file.slice(0, file.size);
      }
      return files;
    },
  };
}

async function directoryOf(zip: ByteSource, most: number): Promise<ZipEntry[]> {
  try {
    return await readDirectory(zip, most);
  } catch (error) {
    throw error instanceof Zip64Error ? tooLarge() : error;
  }
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
