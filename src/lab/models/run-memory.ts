import type { LlamaConfig } from '../../model/config';
import type { RunConfig } from '../config';
import type { Environment } from './environment';
import { modelConfig } from './architecture';
import { memoryNeed, planRun, type MemoryNeed } from './capacity';

/** What a run of such models takes; `null` is a shipped one, of its level's shape. `largestBuffer` is the adapter's. */
export function memoryOfRun(
  config: RunConfig,
  models: readonly (LlamaConfig | null)[],
  { task, tokenizer }: Pick<Environment, 'task' | 'tokenizer'>,
  largestBuffer: number,
): MemoryNeed {
  const shipped = modelConfig(config.level, tokenizer.size, task.limits);
  const shapes = models.map((model) => model ?? shipped);
  return memoryNeed(() => planRun(config, task.limits, shapes, largestBuffer).memory);
}
