/** Folders and small files in this origin's private file system. */

/** The part of a file in there that the types of a page leave out: it is for workers alone. */
interface PrivateFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<PrivateFileAccess>;
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** Bytes of one file, for one worker. */
export interface PrivateFileAccess {
  read(bytes: Uint8Array, place: { at: number }): number;
  write(bytes: Uint8Array, place: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** Rejects with `NoModificationAllowedError` while another worker has it. */
export async function openAccess(file: FileSystemFileHandle): Promise<PrivateFileAccess> {
  return await (file as PrivateFile).createSyncAccessHandle();
}

/** Renames a file, in place of one that had the name. */
export async function move(file: FileSystemFileHandle, folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  await (file as PrivateFile).move(folder, name);
}

/** A file's handle, null where there is none. */
export async function fileIn(folder: FileSystemDirectoryHandle, name: string): Promise<FileSystemFileHandle | null> {
  try {
    return await folder.getFileHandle(name);
  } catch (error) {
    if ((error as DOMException).name === 'NotFoundError') return null;
    throw error;
  }
}

/** A file's bytes, null where there is none. */
export async function sizeIn(folder: FileSystemDirectoryHandle, name: string): Promise<number | null> {
  const file = await fileIn(folder, name);
  return file ? (await file.getFile()).size : null;
}

export async function removeFrom(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await folder.removeEntry(name);
  } catch (error) {
    if ((error as DOMException).name !== 'NotFoundError') throw error;
  }
}

/** Writes all of the bytes. Throws a `QuotaExceededError` where there is no room for them; some may be written then. */
export function writeWhole(handle: PrivateFileAccess, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    const written = handle.write(bytes.subarray(done), { at: at + done });
    if (written === 0) throw new DOMException('Nothing was written.', 'QuotaExceededError');
    done += written;
  }
}

/** Writes a text so that a reader sees the old one or the new one. */
export async function writeText(folder: FileSystemDirectoryHandle, name: string, text: string): Promise<void> {
  const file = await folder.getFileHandle(`${name}.new`, { create: true });
  const handle = await openAccess(file);
  try {
    handle.truncate(0);
    writeWhole(handle, new TextEncoder().encode(text), 0);
    handle.flush();
  } finally {
    handle.close();
  }
  await move(file, folder, name);
}

/** A text's value, null where there is none that can be read. */
export async function readJson(folder: FileSystemDirectoryHandle, name: string): Promise<unknown> {
  const file = await fileIn(folder, name);
  if (!file) return null;
  try {
    return JSON.parse(await (await file.getFile()).text());
  } catch {
    return null;
  }
}
