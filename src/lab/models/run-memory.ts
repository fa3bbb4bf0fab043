import type { LlamaConfig } from '../lm/config';
import type { RunConfig } from './config';
import type { House } from './house';
import { modelConfig } from './models';
import { memoryNeed, planRun, type MemoryNeed } from './room';

/** What a run of such models takes; `null` is a shipped one, of its level's shape. `largestBuffer` is the adapter's. */
export function memoryOfRun(
  config: RunConfig,
  models: readonly (LlamaConfig | null)[],
  { world, tokenizer }: Pick<House, 'world' | 'tokenizer'>,
  largestBuffer: number,
): MemoryNeed {
  const shipped = modelConfig(config.level, tokenizer.size, world.limits);
  const shapes = models.map((model) => model ?? shipped);
  return memoryNeed(() => planRun(config, world.limits, shapes, largestBuffer).memory);
}
