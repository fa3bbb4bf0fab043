/** A run before its first step: with the shipped agents, or models that were taken in. */
import { agentNames } from '../../src/waltz/game/roles';
import type { KeptGuest } from '../../src/checkpoint/guests';
import { GuestNotFoundError } from '../../src/checkpoint/store-errors';
import type { Provenance } from '../../src/checkpoint/snapshot';
import { runName, type RunConfig } from '../../src/lab/config';
import type { MemoryNeed } from '../../src/lab/models/capacity';
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
  checkStarting(config, await headsOf(chosen, guests), environmentOf(config.level).task.limits);
  const { task, tokenizer, agents } = await baseAgents(config.level, (done, total) =>
    emit({ kind: 'run.progress', phase: 'agents', done, total }),
  );
  const started = startingAgents(agents, await each(chosen, (guest) => guests.load(guest)));
  return {
    ...{ run: crypto.randomUUID(), config, task, tokenizer, ...started },
    name: [runName(config), ...originWords(started.origins)].join(' · '),
    ...{ step: 0, finished: false, metrics: [], evaluations: [], measured: [] },
    // All streams are keyed by the step (contracts, Random numbers): there is nothing else to count.
    ...{ provenance, counters: {} },
  };
}

/** GPU memory of such a run, or why there cannot be one. `largestBuffer` is the adapter's. */
export async function estimateRun(
  config: RunConfig,
  chosen: ChosenAgents,
  { guests, environmentOf }: Pick<Ports, 'guests' | 'environmentOf'>,
  largestBuffer: number,
): Promise<MemoryNeed> {
  const around = environmentOf(config.level);
  try {
    const models = await headsOf(chosen, guests);
    checkStarting(config, models, around.task.limits);
    const onGpu = agentNames.filter((agent) => models[agent]?.runtime !== 'onnx');
    const shapes = onGpu.map((agent) => models[agent]?.model.config ?? null);
    return memoryOfRun(config, shapes, around, largestBuffer);
  } catch (error) {
    if (error instanceof StartingAgentError || error instanceof GuestNotFoundError) return { refusal: error.message };
    throw error;
  }
}

async function headsOf(chosen: ChosenAgents, guests: Ports['guests']): Promise<StartingChoice<KeptGuest>> {
  if (agentNames.every((agent) => !chosen[agent])) return {};
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
  for (const agent of agentNames) {
    const choice = chosen[agent];
    if (choice) found[agent] = { model: await of(choice.model), runtime: choice.runtime };
  }
  return found;
}
