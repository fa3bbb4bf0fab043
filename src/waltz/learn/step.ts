import type { Prompt, Stage } from '../../task/prompt';
import type { Task } from '../../task/task';
import { Random } from '../../random/philox';
import type { Agent, PolicySample, UpdateOptions, UpdateReport } from '../../model/agent';
import { baselined, groupOf, whitens } from './advantages';
import { gather } from './selection';
import type { Gathered, Trajectories } from './selection';
import type { AgentMetrics, StepMetrics } from './metrics';
import type { Game } from '../game/game';
import { play, type Adviser, type Players } from '../game/play';
import type { Role } from '../game/role';
import { gameFeedbackRewards } from '../game/roles/feedback/reward';
import { waltzRules } from '../game/rules';
import { summarize } from '../evaluate/summary';
import { recordRollouts } from './record';
import type { Rollout } from '../game/rollout';
import type { PolicySettings, RewardSettings, RolloutSettings } from './settings';

export interface StepPlayers extends Players {
  agents: Readonly<Record<string, Agent>>;
  task: Task;
}

export interface StepSettings {
  seed: number;
  /** Number of this step, from 1; it keys every draw. */
  step: number;
  stage: Stage;
  reward: RewardSettings;
  rollout: RolloutSettings;
  /** Who advises; the agent if left out. */
  adviser?: Adviser;
  policy: PolicySettings;
  gradientClip: number;
  /** Of each role. */
  learningRate: Readonly<Record<string, number>>;
  /** Roles whose agents learn in this step; the others only play. */
  trained: readonly string[];
}

export interface StepResult {
  metrics: StepMetrics;
  rollouts: Rollout[];
}

/**
 * One RL step (sec. 2.3): prompts → games → labels → rewards → advantages → update → metrics. Every draw is keyed by
 * (seed, stream, step), so a step depends on its settings and the agents' weights alone.
 */
export async function rlStep(players: StepPlayers, settings: StepSettings): Promise<StepResult> {
  const started = performance.now();
  const { step, seed, rollout, stage } = settings;
  const { roles } = players.rules ?? waltzRules;
  const prompts = stepPrompts(players.task, settings);
  const games = await play(prompts, players, {
    ...(settings.adviser && { adviser: settings.adviser }),
    maxRounds: rollout.max_rounds,
    temperature: rollout.temperature,
    draw: { seed, stream: 'sampling', step, rollouts: prompts.map((_, i) => i) },
  });
  const played = performance.now();
  const rewards = games.map((game) => gameFeedbackRewards(game, settings.reward, stage));
  const paid = { settings: settings.reward, stage };
  const chosen = gather(games, roles, (role, game, round) => role.reward(game, round, paid), rollout, { seed, step });
  const reports = await updateAgents(roles, players.agents, chosen, games, settings);
  const ended = performance.now();
  const metrics: StepMetrics = {
    step,
    stage,
    ...summarize(games, rewards),
    agents: Object.fromEntries(roles.map(({ name }) => [name, agentMetrics(chosen[name], reports[name])])),
    tokens_trained: Object.values(reports).reduce((sum, report) => sum + (report?.tokens ?? 0), 0),
    time: { total: ended - started, rollout: played - started, update: ended - played },
  };
  return { metrics, rollouts: recordRollouts(players.task, games, rewards, chosen, reports) };
}

/** Each prompt `rollouts_per_prompt` times in a row: rollout i belongs to group ⌊i / rollouts_per_prompt⌋. */
function stepPrompts(task: Task, { seed, step, stage, rollout }: StepSettings): Prompt[] {
  const prompts = task.prompts.training(stage, rollout.batch, new Random(seed, 'prompts', [step, 0, 0]));
  return prompts.flatMap((prompt) => new Array<Prompt>(rollout.rollouts_per_prompt).fill(prompt));
}

/** All updates start in the same tick, so that the engine can read their results back at once. */
async function updateAgents(
  roles: readonly Role[],
  agents: Readonly<Record<string, Agent>>,
  chosen: Trajectories,
  games: readonly Game[],
  settings: StepSettings,
): Promise<Record<string, UpdateReport | null>> {
  const updates = roles.map(async ({ name }): Promise<[string, UpdateReport | null]> => {
    // A role whose turn never came has nothing to learn from.
    const learns = settings.trained.includes(name) && chosen[name].length > 0;
    const report = learns && agents[name].update(samples(chosen[name], games, settings), updateOptions(name, settings));
    return [name, report ? await report : null];
  });
  return Object.fromEntries(await Promise.all(updates));
}

function samples(
  chosen: readonly Gathered[],
  games: readonly Game[],
  { policy: { estimator }, rollout }: StepSettings,
): PolicySample[] {
  const rewards = baselined(
    chosen.map(({ reward }) => reward),
    chosen.map(({ game }) => groupOf(game, games[game].prompt.harmful, estimator, rollout.rollouts_per_prompt)),
    estimator,
  );
  return chosen.map(({ written: { ids, from: learnableFrom, given = [] } }, i) => {
    return { ids, learnableFrom, reward: rewards[i], ...(given.length > 0 && { given }) };
  });
}

function updateOptions(name: string, { policy, learningRate, gradientClip }: StepSettings): UpdateOptions {
  return {
    learningRate: learningRate[name],
    beta: policy.beta,
    epsilon: policy.epsilon,
    lossMean: policy.loss_mean,
    normalize: whitens(policy.estimator),
    updatesPerBatch: policy.updates_per_batch,
    gradientClip,
  };
}

function agentMetrics(chosen: readonly Gathered[], report: UpdateReport | null): AgentMetrics | null {
  if (!report) return null;
  const { loss, kl, entropy, grad_norm, clip_ratio, tokens } = report;
  const reward = chosen.reduce((sum, one) => sum + one.reward, 0) / chosen.length;
  return { loss, reward, kl, entropy, grad_norm, clip_ratio, mean_length: tokens / chosen.length };
}
