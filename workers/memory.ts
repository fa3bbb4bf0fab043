import { GpuMemoryError } from '../src/gpu/errors';
import type { RunConfig } from '../src/lab/config';
import type { House } from '../src/lab/house';
import { modelConfig } from '../src/lab/models';
import { planRun } from '../src/lab/room';
import type { MemoryNeed } from './protocol';

/** What a run of so many shipped models takes: they are all of their level's shape. `largestBuffer` is the adapter's. */
export function memoryNeed(
  config: RunConfig,
  models: number,
  { world, tokenizer }: Pick<House, 'world' | 'tokenizer'>,
  largestBuffer: number,
): MemoryNeed {
  const shape = modelConfig(config.level, tokenizer.size, world.limits);
  try {
    const { memory } = planRun(config, world.limits, new Array(models).fill(shape), largestBuffer);
    return { bytes: memory.total };
  } catch (error) {
    if (error instanceof GpuMemoryError) return { refusal: error.message };
    throw error;
  }
}
