/** A file that is read in slices, so that it never has to be in memory whole. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Bytes from `begin` up to `end`, both within its size; they may be a view of what it keeps. */
  slice(begin: number, end: number): Promise<Uint8Array>;
}

/** Of a file of the page, or of the disk by `openAsBlob`. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    slice: async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
  };
}

/** Files of a folder, by name. */
export type Sources = Readonly<Record<string, ByteSource>>;

/** Of files that are in memory already. */
export function sourcesOf(files: Readonly<Record<string, Uint8Array>>): Sources {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, bytesSource(bytes)]));
}

/** Of bytes that are in memory already; nothing is copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, slice: (begin, end) => Promise.resolve(bytes.subarray(begin, end)) };
}
