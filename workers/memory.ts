import type { RunConfig } from '../src/lab/config';
import type { House } from '../src/lab/house';
import { modelConfig } from '../src/lab/models';
import { memoryNeed, planRun, type MemoryNeed } from '../src/lab/room';

/** What a run of so many shipped models takes: they are all of their level's shape. `largestBuffer` is the adapter's. */
export function memoryOfRun(
  config: RunConfig,
  models: number,
  { world, tokenizer }: Pick<House, 'world' | 'tokenizer'>,
  largestBuffer: number,
): MemoryNeed {
  const shape = modelConfig(config.level, tokenizer.size, world.limits);
  return memoryNeed(() => planRun(config, world.limits, new Array(models).fill(shape), largestBuffer).memory);
}
