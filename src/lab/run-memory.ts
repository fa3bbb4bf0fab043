import type { RunConfig } from '../src/lab/config';
import type { House } from '../src/lab/house';
import { modelConfig } from '../src/lab/models';
import { memoryNeed, planRun, type MemoryNeed } from '../src/lab/room';
import type { LlamaConfig } from '../src/lm/config';

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
