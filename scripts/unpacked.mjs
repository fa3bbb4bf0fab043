/** Debian packages unpacked beside the code, for whoever may not install them (scripts/provision.mjs fills the folder). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const unpacked = fileURLToPath(new URL('../.cache/debian', import.meta.url));

/**
 * The value of LD_LIBRARY_PATH with which a program finds those packages' libraries, null where there are none or it is
 * set already. The dynamic linker reads it only when a process starts.
 */
export function missingLibraryPath() {
  if (!existsSync(unpacked)) return null;
  const machine = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch];
  const present = process.env.LD_LIBRARY_PATH ?? '';
  const folders = [join(unpacked, 'usr/lib', machine ?? ''), join(unpacked, 'lib', machine ?? '')];
  if (present.includes(folders[0])) return null;
  return [...folders, present].filter((folder) => folder !== '').join(':');
}
