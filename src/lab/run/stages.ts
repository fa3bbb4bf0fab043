import type { Stage } from '../../task/prompt';
import type { AgentName } from '../../waltz/game/roles';
import type { RunConfig } from '../config/run-config';

/** RL steps of a whole run. */
export function totalSteps({ stages }: RunConfig): number {
  return stages.one + stages.two;
}

/** Games that a step plays and learns from. */
export function gamesPerStep({ rollout }: RunConfig): number {
  return rollout.batch * rollout.rollouts_per_prompt;
}

/**
 * Steps whose checkpoints are worth keeping, besides the last one: the end of stage 1, from where stage 2 can be tried
 * another way, and the middle of stage 2.
 */
export function milestones({ stages: { one, two } }: RunConfig): number[] {
  return [one, one + Math.floor(two / 2)].filter((step, i, steps) => step > 0 && step !== steps[i - 1]);
}

/** Stage of a step, counted from 1 (sec. 2.4). */
export function stageOf({ stages }: RunConfig, step: number): Stage {
  return step <= stages.one ? 1 : 2;
}

/**
 * Who learns in a step: the feedback agent alone in stage 1, both in stage 2, never the frozen one. Where the conversation
 * agent plays alone it learns in both stages, which then only differ in their prompts.
 */
export function trainedAgents(config: RunConfig, step: number): AgentName[] {
  if (config.method === 'single-model') return ['conversation'];
  const learners: AgentName[] = stageOf(config, step) === 1 ? ['feedback'] : ['conversation', 'feedback'];
  return learners.filter((name) => name !== config.freeze);
}

/** Who learns in any step of a run. */
export function learners(config: RunConfig): AgentName[] {
  const { one, two } = config.stages;
  const ever = [...(one > 0 ? trainedAgents(config, 1) : []), ...(two > 0 ? trainedAgents(config, one + 1) : [])];
  return [...new Set(ever)];
}

/**
 * Whether the feedback agent, as it stands before a step, becomes its own reference: once stage 1 has made it. In stage 2 a
 * false alarm is paid as much as a right all-clear, so that only the KL penalty chooses between them, and the base agent
 * raises false alarms.
 */
export function anchors({ method, policy, stages }: RunConfig, step: number): boolean {
  return method === 'waltzrl' && policy.reference === 'stage' && stages.one > 0 && step === stages.one + 1;
}

/**
 * Learning rate of an agent in a step: rises linearly over `warmup_steps`, counted from the first step in which that
 * agent can learn (its Adam moments are empty until then), and stays. It does not depend on the length of the run.
 */
export function learningRate({ method, stages, optimizer }: RunConfig, agent: AgentName, step: number): number {
  const before = method === 'waltzrl' && agent === 'conversation' ? stages.one : 0;
  const full = optimizer.learning_rate[agent];
  const { warmup_steps: warmup } = optimizer;
  return warmup ? full * Math.min(1, Math.max(0, step - before) / warmup) : full;
}
