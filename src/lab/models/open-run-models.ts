import type { Backend, OpenedModels, OpenOptions } from '../../model/backend';
import type { AgentState } from '../../model/state';
import type { RunConfig } from '../config/run-config';
import { runCapacity } from './capacity';
import type { Environment } from './environment';

/** A run's models on a backend, with room for the config's batches and longest games. Throws what the backend throws. */
export function openRunModels<Name extends string>(
  backend: Pick<Backend, 'open'>,
  states: Readonly<Record<Name, AgentState>>,
  config: RunConfig,
  { task, tokenizer }: Pick<Environment, 'tokenizer'> & { task: Pick<Environment['task'], 'limits'> },
  options: Omit<OpenOptions, 'rules'>,
): Promise<OpenedModels<Name>> {
  return backend.open(states, runCapacity(config, task.limits), {
    ...options,
    rules: { endTokens: [tokenizer.id('<end>')] },
  });
}
