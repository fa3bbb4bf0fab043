import { openDB } from 'idb';
import { backendWishes, type BackendWish } from '../src/lab/models/choose-backend';

const STORE = 'wishes';
const KEY = 'backend';

const open = () =>
  openDB<Record<typeof STORE, { key: string; value: string }>>('waltzrl-wishes', 1, {
    upgrade: (database) => void database.createObjectStore(STORE),
  });

/** What the visitor wants models to be computed by, for every worker; `auto` where nothing is kept or can be read. */
export async function backendWish(): Promise<BackendWish> {
  try {
    const database = await open();
    const kept = await database.get(STORE, KEY);
    database.close();
    return backendWishes.find((wish) => wish === kept) ?? 'auto';
  } catch {
    return 'auto';
  }
}

/** Throws what IndexedDB throws. */
export async function keepBackendWish(wish: BackendWish): Promise<void> {
  const database = await open();
  await database.put(STORE, wish, KEY);
  database.close();
}
