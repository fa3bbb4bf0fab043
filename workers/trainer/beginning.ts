/** A run before its first step: with the agents of its config, or models that were taken in. */
import { roleNames } from '../../src/waltz/game/roles';
import type { KeptGuest } from '../../src/checkpoint/guests';
import { GuestNotFoundError } from '../../src/checkpoint/store-errors';
import type { Provenance } from '../../src/model/provenance';
import { runName, type RunConfig } from '../../src/lab/config';
import { initialAgents } from '../../src/lab/models/initial-agents';
import type { MemoryEstimates, MemoryNeed } from '../../src/model/memory';
import type { KeptRun } from '../../src/lab/run/run-format';
import { memoryOfRun } from '../../src/lab/models/run-memory';
import {
  checkStarting,
  originWords,
  startingAgents,
  StartingAgentError,
  type StartingChoice,
} from '../../src/lab/models/starting-agents';
import type { Ports } from './ports';
import type { ChosenAgents } from '../protocol/run';

/** A new run. Throws what loading agents throws, and `StartingAgentError`. */
export async function beginRun(
  config: RunConfig,
  chosen: ChosenAgents,
  { baseAgents, guests, environmentOf, emit }: Pick<Ports, 'baseAgents' | 'guests' | 'environmentOf' | 'emit'>,
  provenance: Provenance,
): Promise<KeptRun> {
  const environment = environmentOf(config.task);
  checkStarting(config, await headsOf(chosen, guests), environment.task.limits);
  const { task, tokenizer, agents } = await initialAgents(config, environment, () =>
    baseAgents(config, (done, total) => emit({ kind: 'run.progress', phase: 'agents', done, total })),
  );
  const started = startingAgents(agents, await each(chosen, (guest) => guests.load(guest)));
  return {
    ...{ run: crypto.randomUUID(), config, task, tokenizer, ...started },
    name: [runName(config), ...originWords(started.origins)].join(' · '),
    ...{ step: 0, finished: false, metrics: [], evaluations: [], measured: [] },
    // All streams are keyed by the step: there is nothing else to count.
    ...{ provenance, counters: {} },
  };
}

/** Memory of such a run, or why there cannot be one. */
export async function estimateRun(
  config: RunConfig,
  chosen: ChosenAgents,
  { guests, environmentOf }: Pick<Ports, 'guests' | 'environmentOf'>,
  estimates: Pick<MemoryEstimates, 'estimate'>,
): Promise<MemoryNeed> {
  const around = environmentOf(config.task);
  try {
    const models = await headsOf(chosen, guests);
    checkStarting(config, models, around.task.limits);
    const own = roleNames.filter((agent) => models[agent]?.runtime !== 'onnx');
    const shapes = own.map((agent) => models[agent]?.model.config ?? null);
    return memoryOfRun(config, shapes, around, estimates);
  } catch (error) {
    if (error instanceof StartingAgentError || error instanceof GuestNotFoundError) return { refusal: error.message };
    throw error;
  }
}

async function headsOf(chosen: ChosenAgents, guests: Ports['guests']): Promise<StartingChoice<KeptGuest>> {
  if (roleNames.every((agent) => !chosen[agent])) return {};
  const { guests: kept } = await guests.list();
  return await each(chosen, (guest) => {
    const head = kept.find(({ id }) => id === guest);
    if (!head) throw new GuestNotFoundError('A model that was chosen is no longer kept here. Choose another one.');
    return head;
  });
}

async function each<Model>(
  chosen: ChosenAgents,
  of: (guest: string) => Model | Promise<Model>,
): Promise<StartingChoice<Model>> {
  const found: StartingChoice<Model> = {};
  for (const agent of roleNames) {
    const choice = chosen[agent];
    if (choice) found[agent] = { model: await of(choice.model), runtime: choice.runtime };
  }
  return found;
}
