/** A file as its host lists it, before it is downloaded. */
export interface RemoteFile {
  /** In the model's folder. */
  path: string;
  url: string;
  /** In bytes; null where the host does not say. */
  size: number | null;
  /** Null where the host gives none. */
  checksum: Checksum | null;
}

/** The Hub lists SHA-256 of what lies in its large storage, and git's own hash of all else. */
export interface Checksum {
  algorithm: 'sha256' | 'git-sha1';
  /** In lower-case hexadecimal. */
  hex: string;
}

/** What is to be downloaded for one model, and where it comes from. */
export interface DownloadPlan {
  /** What it is called: of a repository its name, of a file the file's. */
  name: string;
  /** What was asked for, in full. */
  address: string;
  /** Of a repository, the commit that its files are of. */
  commit: string | null;
  /** Files of a Hugging Face folder, or one file that is the model. */
  form: 'folder' | 'file';
  files: readonly RemoteFile[];
}

/** Bytes of all files; null where a host does not say. */
export function planBytes({ files }: Pick<DownloadPlan, 'files'>): number | null {
  return files.reduce<number | null>((sum, { size }) => (sum === null || size === null ? null : sum + size), 0);
}
