import { unzipSync, zipSync, type Zippable } from 'fflate';
import type { Files } from './agent-files';
import { ArchiveDamagedError, ArchiveTooLargeError, NotAnArchiveError } from './archive-errors';

/** What an archive may ask of memory, in bytes once unpacked; a small zip can announce terabytes. */
export interface ZipLimits {
  files: number;
  file: number;
  total: number;
}

const defaults: ZipLimits = { files: 1000, file: 2 ** 29, total: 2 ** 30 };

/** A zip whose directory was checked against the limits before any of it was unpacked. */
export interface Zip {
  /** The named files that are there. */
  read(names: readonly string[]): Files;
}

/** Throws `NotAnArchiveError`, `ArchiveTooLargeError` or `ArchiveDamagedError`. */
export function openZip(bytes: Uint8Array, limits: Partial<ZipLimits> = {}): Zip {
  const most = { ...defaults, ...limits };
  const names = new Set<string>();
  let total = 0;
  unzip(bytes, ({ name, originalSize, size, compression }) => {
    if (names.has(name)) throw new ArchiveDamagedError(`This archive has ${name} twice. Export or download it again.`);
    names.add(name);
    const unpacked = compression === 0 ? Math.max(size, originalSize) : originalSize;
    total += unpacked;
    if (names.size > most.files || unpacked > most.file || total > most.total) {
      throw new ArchiveTooLargeError(
        'This archive announces more than an exported run can hold, so it was not unpacked. Choose another file.',
      );
    }
    return false;
  });
  return {
    read(wanted) {
      const those = new Set(wanted);
      const files = unzip(bytes, ({ name }) => those.has(name));
      return Object.fromEntries(Object.entries(files));
    },
  };
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

type Filter = NonNullable<NonNullable<Parameters<typeof unzipSync>[1]>['filter']>;

function unzip(bytes: Uint8Array, filter: Filter): Files {
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    if (error instanceof ArchiveDamagedError || error instanceof ArchiveTooLargeError) throw error;
    throw new NotAnArchiveError(
      'This is not a .waltz archive, or it was cut off. Choose a file that was exported here, or download it again.',
    );
  }
}
