import { delimiter, join } from 'node:path';

/** Where programs of these names would be, in the folders of PATH. */
export function onPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}
