import type { Gpu } from '../gpu/device';
import { LanguageModel } from '../lm/agent';
import type { AgentState } from '../lm/state';
import type { Trial } from '../lm/tuner';
import { plainVariants, variantNames } from '../lm/variants';
import { TrainingWorkspace } from '../lm/workspace';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { newTokenLimits, sequenceLimits } from '../waltz/dialogue';
import type { AgentName, World } from '../world/world';
import { chooseVariants, type KernelWish } from './kernel-choice';
import type { RunConfig } from './run-config';

/** Games generated side by side where a step has fewer: evaluations play hundreds. */
const FEWEST_SLOTS = 64;

export interface LoadOptions {
  config: RunConfig;
  world: Pick<World, 'limits'>;
  tokenizer: Tokenizer;
  /** The plain kernels if left out. */
  kernels?: KernelWish;
  /** Counts kernels that are compiled. */
  progress?: (done: number, total: number) => void;
}

/** Both agents of a run on the GPU. */
export interface LoadedAgents {
  agents: Record<AgentName, LanguageModel>;
  /** Names of the kernel variants that compute them, and what was timed to choose them. */
  variants: Record<string, string>;
  trials: Trial[];
  /** Everything that they are at this moment, read back. */
  states(): Promise<Record<AgentName, AgentState>>;
}

/** Puts both agents on the GPU, with room for the config's batches and longest games. Throws the GPU's errors. */
export async function loadAgents(
  gpu: Gpu,
  states: Readonly<Record<AgentName, AgentState>>,
  { config, world, tokenizer, kernels: wish, progress }: LoadOptions,
): Promise<LoadedAgents> {
  const { batch, rollouts_per_prompt, max_rounds } = config.rollout;
  const games = batch * rollouts_per_prompt;
  const limits = newTokenLimits(world.limits);
  const longest = sequenceLimits(world.limits, max_rounds);
  const newTokens = Math.max(limits.answer, limits.feedback);
  const tokens = games * Math.max(longest.conversation, longest.feedback);
  const shape = states.conversation.config;
  const slots = Math.max(games, FEWEST_SLOTS);
  const { variants, trials } = wish
    ? await chooseVariants(gpu, shape, { tokens, slots }, wish)
    : { variants: plainVariants, trials: [] };
  const kernels = Object.values(states).flatMap((state) => LanguageModel.kernels(state.config, newTokens, variants));
  await gpu.prepare(kernels, progress);
  const workspace = new TrainingWorkspace(gpu, shape, { tokens, sequences: games });
  const model = (name: AgentName): LanguageModel => {
    const state = states[name];
    const loaded = new LanguageModel(gpu, state.config, {
      endToken: tokenizer.id('<end>'),
      workspace: sameShape(state.config, shape)
        ? workspace
        : new TrainingWorkspace(gpu, state.config, workspace.capacity),
      generation: { slots, newTokens },
      variants,
    });
    loaded.load(state);
    return loaded;
  };
  const agents = { conversation: model('conversation'), feedback: model('feedback') };
  return {
    agents,
    variants: variantNames(variants),
    trials,
    states: async () => {
      const [conversation, feedback] = await Promise.all([agents.conversation.save(), agents.feedback.save()]);
      return { conversation, feedback };
    },
  };
}

/** Whether two models can share a workspace. */
function sameShape(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
