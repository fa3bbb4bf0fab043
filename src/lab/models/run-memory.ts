import type { LlamaConfig } from '../../model/config';
import type { MemoryEstimates, MemoryNeed } from '../../model/memory';
import type { RunConfig } from '../config';
import type { Environment } from './environment';
import { modelConfig } from './architecture';
import { runRoom } from './capacity';

/** What a run of such models takes; `null` is one of the config's size. */
export function memoryOfRun(
  config: RunConfig,
  models: readonly (LlamaConfig | null)[],
  { task, tokenizer }: Pick<Environment, 'task' | 'tokenizer'>,
  estimates: Pick<MemoryEstimates, 'estimate'>,
): MemoryNeed {
  const shipped = modelConfig(config.model, tokenizer.size, task.limits);
  const shapes = models.map((model) => model ?? shipped);
  return estimates.estimate(shapes, runRoom(config, task.limits));
}
