import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Tuned, TuningMemory } from '../src/lab/models/kernel-choice';
import { writeAtomically } from './files';

const path = fileURLToPath(new URL('../.cache/tuning.json', import.meta.url));

/** In a file beside what was installed. One that cannot be read is as good as none. */
export const tuningMemory: TuningMemory = {
  read: (key) => Promise.resolve(all()[key] ?? null),
  write: (key, tuned) => {
    writeAtomically(path, `${JSON.stringify({ ...all(), [key]: tuned }, null, 2)}\n`);
    return Promise.resolve();
  },
};

function all(): Partial<Record<string, Tuned>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Tuned>;
  } catch {
    return {};
  }
}
