import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tuningKeyPrefix, type Tuned, type TuningMemory } from '../src/lm/backend/tuning-memory';
import { writeAtomically } from './files';
import { root } from './root';

const path = join(root, '.cache/tuning.json');

/** In a file beside what was installed. One that cannot be read or written is as good as none: it is timed again. */
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
  try {
    writeAtomically(path, `${JSON.stringify(tunings, null, 2)}\n`);
  } catch (error) {
    // A package may be installed where its user may not write.
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function all(): Partial<Record<string, Tuned>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Tuned>;
  } catch {
    return {};
  }
}
