/** Files that a visitor dropped, pasted or picked, folders with all that is in them. */
import type { OfferedFile } from '../../lab/import/read';

/** More files than a model's folder has. */
export class TooManyFilesError extends Error {
  override name = 'TooManyFilesError';

  constructor() {
    super(`There are more than ${MOST} files in this folder. Choose the folder of one model, or a zip.`);
  }
}

const MOST = 1000;

/** What was offered, by name; the files are read when they are gathered. */
export interface Offered {
  label: string;
  gather: () => Promise<OfferedFile[]> | OfferedFile[];
}

/** Whether a text is pasted into a field, though a file came along: spreadsheets put a picture beside what is copied. */
export function pastesText({ clipboardData, target }: ClipboardEvent): boolean {
  const writes = target instanceof Element && target.closest('input, textarea, [contenteditable]') !== null;
  return writes && clipboardData !== null && clipboardData.types.includes('text/plain');
}

/** Files of a picker or of the clipboard; null where there are none. */
export function ofFiles(list: FileList | null | undefined): Offered | null {
  const files = [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, content: file }));
  if (files.length === 0) return null;
  const [folder] = files[0].path.split('/');
  const label = files.length === 1 || files[0].content.webkitRelativePath !== '' ? folder : `${files.length} files`;
  return {
    label,
    gather: () => {
      if (files.length > MOST) throw new TooManyFilesError();
      return files;
    },
  };
}

/** What was dropped. It can be asked for while the drop is being handled only, and read later. */
export function ofDrop(data: DataTransfer | null): Offered | null {
  const entries = [...(data?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (!entries.some(({ isDirectory }) => isDirectory)) return ofFiles(data?.files);
  return {
    label: entries.length === 1 ? entries[0].name : `${entries.length} files and folders`,
    gather: async () => {
      const files: OfferedFile[] = [];
      for (const entry of entries) await walk(entry, files);
      return files;
    },
  };
}

async function walk(entry: FileSystemEntry, files: OfferedFile[]): Promise<void> {
  if (files.length >= MOST) throw new TooManyFilesError();
  if (entry.isFile) {
    const content = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    files.push({ path: entry.fullPath.replace(/^\//, ''), content });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A hundred at a time.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return;
    for (const inside of part) await walk(inside, files);
  }
}
