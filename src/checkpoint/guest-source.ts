/** The files that a guest is read from, as they were offered and as they are kept. */
import type { Guest } from './guest';

/** A file that was dropped, picked or pasted; its path begins with the folder's name where a folder was. */
export interface OfferedFile {
  path: string;
  content: Blob;
}

/** What a guest is read from: these files, and which of the models in them it is. */
export interface GuestSource {
  files: readonly OfferedFile[];
  at: number;
}

/** The same as it is kept: each file by the name of its content in a store, and with its bytes. */
export interface KeptSource {
  files: readonly { path: string; blob: string; bytes: number }[];
  at: number;
}

/** Files of guests in this browser, each content once, and read again when a guest is. */
export interface GuestSources {
  /** Whether this browser has a place for them. */
  available(): Promise<boolean>;
  /** Keeps the files, then does `commit`. What no record names after that is swept. Throws a `StoreError`, or what reading them throws. */
  keep<Result>(sources: readonly GuestSource[], commit: (kept: KeptSource[]) => Promise<Result>): Promise<Result>;
  /** Throws what reading a guest's files throws, and where one of them is gone. */
  read(source: KeptSource): Promise<Guest>;
  /** Frees what no record names any more. */
  sweep(): Promise<void>;
}
