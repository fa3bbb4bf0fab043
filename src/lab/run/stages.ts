import type { Stage } from '../../task/prompt';
import type { Role } from '../../waltz/game/role';
import { roles as waltzRoles, type RoleName } from '../../waltz/game/roles';
import type { LearningConfig } from '../config/run-config';

/** RL steps of a whole run. */
export function totalSteps({ stages }: LearningConfig): number {
  return stages.one + stages.two;
}

/** Games that a step plays and learns from. */
export function gamesPerStep({ rollout }: LearningConfig): number {
  return rollout.batch * rollout.rollouts_per_prompt;
}

/**
 * Steps whose checkpoints are worth keeping, besides the last one: the end of stage 1, from where stage 2 can be tried
 * another way, and the middle of stage 2.
 */
export function milestones({ stages: { one, two } }: Pick<LearningConfig, 'stages'>): number[] {
  return [one, one + Math.floor(two / 2)].filter((step, i, steps) => step > 0 && step !== steps[i - 1]);
}

/** Stage of a step, counted from 1 (sec. 2.4). */
export function stageOf({ stages }: LearningConfig, step: number): Stage {
  return step <= stages.one ? 1 : 2;
}

/** Roles whose agents learn in a step: as they say themselves, never the frozen one. */
export function learningRoles<R extends Role>(roles: readonly R[], config: LearningConfig, step: number): R[] {
  const stage = stageOf(config, step);
  return roles.filter((role) => role.learns(config.method, stage) && role.name !== config.freeze);
}

/** Who learns in a step: in stage 1 those that stage 1 makes, in stage 2 all that play, never the frozen one. */
export function trainedAgents(config: LearningConfig, step: number): RoleName[] {
  return learningRoles(waltzRoles, config, step).map(({ name }) => name);
}

/** Who learns in any step of a run. */
export function learners(config: LearningConfig): RoleName[] {
  const { one, two } = config.stages;
  const ever = [...(one > 0 ? trainedAgents(config, 1) : []), ...(two > 0 ? trainedAgents(config, one + 1) : [])];
  return [...new Set(ever)];
}

/** Whether a role's agent, as it stands before a step, becomes its own reference: once stage 1 has made it. */
export function anchors({ method, policy, stages }: LearningConfig, role: Role, step: number): boolean {
  const made = role.anchored && role.learns(method, 1) && stages.one > 0;
  return made && policy.reference === 'stage' && step === stages.one + 1;
}

/**
 * Learning rate of a role in a step: rises linearly over `warmup_steps`, counted from the first step in which its agent can
 * learn (its Adam moments are empty until then), and stays. It does not depend on the length of the run.
 */
export function learningRate({ method, stages, optimizer }: LearningConfig, role: Role, step: number): number {
  const before = role.learns(method, 1) ? 0 : stages.one;
  const rates: Readonly<Record<string, number | undefined>> = optimizer.learning_rate;
  const full = rates[role.name] ?? role.learningRate;
  const { warmup_steps: warmup } = optimizer;
  return warmup ? full * Math.min(1, Math.max(0, step - before) / warmup) : full;
}
