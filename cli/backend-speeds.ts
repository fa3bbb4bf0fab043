import ort from 'onnxruntime-node';
import { version } from '../package.json';
import { CacheFile } from './cache-file';
import type { Machine, Speeds } from './choose-backend';
import type { CpuChoice } from './compute-options';

const file = new CacheFile<Speeds>('backend-speeds.json');

/** How fast backends are with so many threads: timed once for an adapter and a version of this program. */
export function speedMemory({ threads }: CpuChoice): Machine<unknown>['speeds'] {
  // What lavapipe may use of the processor, too: processes that share it have less.
  const cores = process.env['LP_NUM_THREADS'] ?? '';
  const keyOf = (adapter: string) => JSON.stringify([adapter, version, ort.env.versions.node, threads, cores]);
  return {
    read: (adapter) => file.read(keyOf(adapter)),
    write: (adapter, speeds) => file.write(keyOf(adapter), speeds),
  };
}
