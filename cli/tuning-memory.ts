import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tuningKeyPrefix, type Tuned, type TuningMemory } from '../src/lm/backend/tuning-memory';
import { writeAtomically } from './files';

const path = fileURLToPath(new URL('../.cache/tuning.json', import.meta.url));

/** In a file beside what was installed. One that cannot be read is as good as none. */
export const tuningMemory: TuningMemory = {
  read: (key) => Promise.resolve(all()[key] ?? null),
  write: (key, tuned) => {
    keep({ ...all(), [key]: tuned });
    return Promise.resolve();
  },
  forget: (adapter) => {
    const others = Object.entries(all()).filter(([key]) => !key.startsWith(tuningKeyPrefix(adapter)));
    keep(Object.fromEntries(others));
    return Promise.resolve();
  },
};

function keep(tunings: Partial<Record<string, Tuned>>): void {
  writeAtomically(path, `${JSON.stringify(tunings, null, 2)}\n`);
}

function all(): Partial<Record<string, Tuned>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Tuned>;
  } catch {
    return {};
  }
}
