import type { BaseAgents } from '../../checkpoint/archive';
import { initialState } from '../../model/init';
import type { AgentState } from '../../model/state';
import { perRole, type RoleName } from '../../waltz/game/roles';
import type { RunConfig } from '../config/run-config';
import { modelConfig } from './architecture';
import type { Environment } from './environment';
import { modelNames } from './model-names';

/** What a run begins with, where no other models were chosen. `base` is asked for only where its config says so. */
export async function initialAgents(
  config: RunConfig,
  environment: Pick<Environment, 'task' | 'tokenizer'>,
  base: () => Promise<BaseAgents>,
): Promise<Pick<BaseAgents, 'task' | 'tokenizer' | 'agents'>> {
  if (config.init === 'base') {
    const { task, tokenizer, agents } = await base();
    return { task, tokenizer, agents };
  }
  const { task, tokenizer } = environment;
  return { task: task.tag, tokenizer: tokenizer.toJSON(), agents: randomAgents(config, environment) };
}

/** Agents that know nothing yet, of the config's size and seed. */
export function randomAgents(
  { model, seed }: Pick<RunConfig, 'model' | 'seed'>,
  { task, tokenizer }: Pick<Environment, 'task' | 'tokenizer'>,
): Record<RoleName, AgentState> {
  const config = modelConfig(model, tokenizer.size, task.limits);
  return perRole(({ name }) => initialState(config, seed, modelNames.indexOf(name)));
}
