/** Imported models that a run begins with, in place of the agents of its config. */
import type { Limits } from '../../task/limits';
import { isSameChoice } from '../../task/task-tag';
import { type RoleName, roleNames } from '../../waltz/game/roles';
import type { Guest } from '../../checkpoint/guest';
import type { KeptGuest } from '../../checkpoint/guests';
import { writeOnnx } from '../../checkpoint/onnx';
import type { OnnxAgent } from '../../checkpoint/snapshot';
import { startingState } from '../../model/state';
import { sequenceLimits } from '../../waltz/game/sequence-limits';
import type { RunConfig } from '../config/run-config';
import type { KeptRun } from '../run/run-format';
import type { Runtime } from './runtimes';
import { learners } from '../run/stages';

/** A model for each agent that does not begin as the config says. */
export type StartingChoice<Model> = Partial<Record<RoleName, { model: Model; runtime: Runtime }>>;

/** A model that a run cannot begin with. */
export class StartingAgentError extends Error {
  override name = 'StartingAgentError';
}

/** Throws `StartingAgentError` unless each of these models can play its part in such a run. */
export function checkStarting(
  config: RunConfig,
  chosen: StartingChoice<Pick<KeptGuest, 'name' | 'config' | 'engine' | 'task' | 'role'>>,
  limits: Limits,
): void {
  const needed = sequenceLimits(limits, config.rollout.max_rounds);
  for (const agent of chosenAgents(chosen)) {
    const { model, runtime } = chosen[agent]!;
    const refuse = (why: string): never => {
      throw new StartingAgentError(`"${model.name}" cannot be the ${agent} agent of this run: ${why}.`);
    };
    const { task, role } = model;
    if (task === null || !isSameChoice(task, config.task)) {
      const { name, level } = config.task;
      const words = task === null ? 'words of its own' : `the words of ${task.name} ${task.level}`;
      refuse(`it speaks ${words}. Choose an agent of ${name} ${level}`);
    }
    if (role !== null && role !== agent) refuse(`it was made as the ${role} agent`);
    const { max_position_embeddings: reads } = model.config;
    if (reads < needed[agent]) {
      refuse(`it reads ${reads} tokens, and the longest game has ${needed[agent]}. Lower rollout.max_rounds`);
    }
    if (runtime === 'engine' && !model.engine) refuse('it has ONNX weights alone. Let ONNX Runtime run it, frozen');
    if (runtime === 'onnx' && learners(config).includes(agent)) {
      const inOne = { ...config, stages: { ...config.stages, two: 0 } };
      const way = learners(inOne).includes(agent) ? '' : ', or set stages.two to 0';
      refuse(`in ONNX Runtime it cannot learn. Set freeze to ${agent}${way}, or let this engine run it`);
    }
  }
}

/** What a run's agents are at its start: those of its config but where a model was chosen. Throws what `writeOnnx` throws. */
export function startingAgents(
  own: KeptRun['agents'],
  chosen: StartingChoice<Guest>,
): Pick<KeptRun, 'agents' | 'onnx' | 'origins'> {
  const stands = chosenAgents(chosen);
  if (stands.length === 0) return { agents: own };
  const inOnnx = stands.filter((agent) => chosen[agent]!.runtime === 'onnx');
  const onGpu = roleNames.filter((agent) => !inOnnx.includes(agent));
  const agents = onGpu.map((agent) => {
    const model = chosen[agent]?.model;
    return [agent, model ? startingState(model.config, model.parameters!) : own[agent]] as const;
  });
  const onnx = inOnnx.map((agent) => [agent, onnxAgent(chosen[agent]!.model)] as const);
  return {
    agents: Object.fromEntries(agents),
    onnx: onnx.length > 0 ? Object.fromEntries(onnx) : undefined,
    origins: Object.fromEntries(stands.map((agent) => [agent, chosen[agent]!.model.name])),
  };
}

function onnxAgent({ config, parameters, onnx }: Guest): OnnxAgent {
  return { config, onnx: onnx ?? writeOnnx({ config, parameters: parameters! }, { precision: 'f32' }) };
}

/** What a run is called that began with other agents than its config alone says. */
export function originWords(origins: KeptRun['origins'] = {}): string[] {
  return roleNames.flatMap((agent) => (Object.hasOwn(origins, agent) ? [`${agent} from ${origins[agent]}`] : []));
}

function chosenAgents(chosen: StartingChoice<unknown>): RoleName[] {
  return roleNames.filter((agent) => chosen[agent] !== undefined);
}
