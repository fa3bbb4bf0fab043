/** What the visitor chose last time; null where they did not, or storage is forbidden. */
export function remembered(key: string): string | null {
  return read(() => localStorage, key);
}

/** Keeps a choice for next time, where storage is allowed. */
export function remember(key: string, choice: string): void {
  write(() => localStorage, key, choice);
}

/** The same, of this tab alone; it outlives a reload and not the tab. */
export function rememberedHere(key: string): string | null {
  return read(() => sessionStorage, key);
}

export function rememberHere(key: string, choice: string): void {
  write(() => sessionStorage, key, choice);
}

function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage: () => Storage, key: string, choice: string): void {
  try {
    storage().setItem(key, choice);
  } catch {
    // Forbidden, or full.
  }
}
