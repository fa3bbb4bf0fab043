import { tuningKeyPrefix, type Tuned, type TuningMemory } from '../src/lm/backend/tuning-memory';
import { CacheFile } from './cache-file';

const file = new CacheFile<Tuned>('tuning.json');

/** In a file: what is not there is timed again. */
export const tuningMemory: TuningMemory = {
  read: (key) => Promise.resolve(file.read(key)),
  write: (key, tuned) => {
    file.write(key, tuned);
    return Promise.resolve();
  },
  forget: (adapter) => {
    file.forget((key) => key.startsWith(tuningKeyPrefix(adapter)));
    return Promise.resolve();
  },
};
