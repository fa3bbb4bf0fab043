import type { Prompt, Stage } from '../../task/prompt';
import type { Task } from '../../task/task';
import type { AgentName } from '../game/roles';
import { Random } from '../../random/philox';
import type { Agent, PolicySample, UpdateOptions, UpdateReport } from '../../model/agent';
import { baselined, whitens } from './advantages';
import { gather } from './selection';
import type { Gathered, Trajectories } from './selection';
import type { AgentMetrics, StepMetrics } from './metrics';
import type { Game, Players } from '../game/play';
import { play } from '../game/play';
import { summarize } from '../evaluate/summary';
import { feedbackRewards } from './rewards';
import { recordRollouts } from './record';
import type { FeedbackRewards, Rollout } from '../game/rollout';
import type { Adviser } from '../evaluate/system';
import type { PolicySettings, RewardSettings, RolloutSettings } from './settings';

export interface StepPlayers extends Players {
  task: Task;
}

export interface StepSettings {
  seed: number;
  /** Number of this step, from 1; it keys every draw. */
  step: number;
  stage: Stage;
  reward: RewardSettings;
  rollout: RolloutSettings;
  /** Who advises the conversation agent; the feedback agent if left out. */
  adviser?: Adviser;
  policy: PolicySettings;
  gradientClip: number;
  learningRate: Record<AgentName, number>;
  /** Agents that learn in this step; the others only play. */
  trained: readonly AgentName[];
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
  const { step, seed, rollout } = settings;
  const prompts = stepPrompts(players.task, settings);
  const games = await play(prompts, players, {
    adviser: settings.adviser ?? 'feedback',
    maxRounds: rollout.max_rounds,
    temperature: rollout.temperature,
    draw: { seed, stream: 'sampling', step, rollouts: prompts.map((_, i) => i) },
  });
  const played = performance.now();
  const rewards = games.map((game) => gameRewards(game, settings.reward, settings.stage));
  const chosen = gather(games, rewards, rollout.trajectories, { seed, step });
  const reports = await updateAgents(players.agents, chosen, settings);
  const ended = performance.now();
  const metrics: StepMetrics = {
    step,
    stage: settings.stage,
    ...summarize(games, rewards),
    agents: {
      conversation: agentMetrics(chosen.conversation, reports.conversation),
      feedback: agentMetrics(chosen.feedback, reports.feedback),
    },
    tokens_trained: (reports.conversation?.tokens ?? 0) + (reports.feedback?.tokens ?? 0),
    time: { total: ended - started, rollout: played - started, update: ended - played },
  };
  return { metrics, rollouts: recordRollouts(players.task, games, rewards, chosen, reports) };
}

/** Each prompt `rollouts_per_prompt` times in a row: rollout i belongs to group ⌊i / rollouts_per_prompt⌋. */
function stepPrompts(task: Task, { seed, step, stage, rollout }: StepSettings): Prompt[] {
  const prompts = task.prompts.training(stage, rollout.batch, new Random(seed, 'prompts', [step, 0, 0]));
  return prompts.flatMap((prompt) => new Array<Prompt>(rollout.rollouts_per_prompt).fill(prompt));
}

/** R_f and its parts for every feedback of a game. */
function gameRewards(game: Game, settings: RewardSettings, stage: Stage): FeedbackRewards[] {
  const { answers, feedbacks } = game;
  const served = answers[answers.length - 1].verdict;
  return feedbacks.map(({ parsed }, t) =>
    feedbackRewards(
      { parsed, verdict: answers[t].verdict, next: answers[t + 1]?.verdict ?? null, served },
      settings,
      stage,
    ),
  );
}

/** Both updates start in the same tick, so that the engine can read both results back at once. */
async function updateAgents(
  agents: Record<AgentName, Agent>,
  chosen: Trajectories,
  settings: StepSettings,
): Promise<Record<AgentName, UpdateReport | null>> {
  const update = (name: AgentName): Promise<UpdateReport> | null =>
    settings.trained.includes(name)
      ? agents[name].update(samples(chosen[name], settings), updateOptions(name, settings))
      : null;
  const [conversation, feedback] = await Promise.all([update('conversation'), update('feedback')]);
  return { conversation, feedback };
}

function samples(chosen: readonly Gathered[], { policy, rollout }: StepSettings): PolicySample[] {
  const rewards = baselined(
    chosen.map(({ reward }) => reward),
    chosen.map(({ game }) => Math.floor(game / rollout.rollouts_per_prompt)),
    policy.estimator,
  );
  return chosen.map(({ written }, i) => ({ ids: written.ids, learnableFrom: written.from, reward: rewards[i] }));
}

function updateOptions(name: AgentName, { policy, learningRate, gradientClip }: StepSettings): UpdateOptions {
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
