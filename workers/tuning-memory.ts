import { openDB } from 'idb';
import { tuningKeyPrefix, type Tuned, type TuningMemory } from '../src/lm/backend/tuning-memory';

const STORE = 'tunings';

/** In the browser's IndexedDB. Where that is not to be had nothing is remembered, and the adapter is tuned again. */
export function browserTuningMemory(): TuningMemory {
  const opened = openDB<Record<typeof STORE, { key: string; value: Tuned }>>('waltzrl-tuning', 1, {
    upgrade: (database) => void database.createObjectStore(STORE),
  });
  opened.catch(() => undefined);
  return {
    read: async (key) => (await opened.then((database) => database.get(STORE, key)).catch(() => undefined)) ?? null,
    write: async (key, tuned) => {
      await opened.then((database) => database.put(STORE, tuned, key)).catch(() => undefined);
    },
    forget: async (adapter) => {
      const prefix = tuningKeyPrefix(adapter);
      const keys = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      await opened.then((database) => database.delete(STORE, keys)).catch(() => undefined);
    },
  };
}
