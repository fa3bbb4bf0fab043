import type { Gpu } from '../gpu/device';
import { LanguageModel } from '../lm/agent';
import type { MemoryEstimate } from '../lm/memory';
import type { AgentState } from '../lm/state';
import type { Trial } from '../lm/tuner';
import { plainVariants, variantNames } from '../lm/variants';
import { TrainingWorkspace } from '../lm/workspace';
import type { Tokenizer } from '../tokenizer/tokenizer';
import type { AgentName, World } from '../world/world';
import { chooseVariants, type KernelWish } from './kernel-choice';
import { checkRunFits, runRoom } from './room';
import type { RunConfig } from './run-config';

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
  /** What they were expected to take. */
  memory: MemoryEstimate;
  /** Everything that they are at this moment, read back. */
  states(): Promise<Record<AgentName, AgentState>>;
}

/**
 * Puts both agents on the GPU, with room for the config's batches and longest games. Throws the GPU's errors, and
 * `GpuMemoryError` before anything is done where the room is more than the adapter allows.
 */
export async function loadAgents(
  gpu: Gpu,
  states: Readonly<Record<AgentName, AgentState>>,
  { config, world, tokenizer, kernels: wish, progress }: LoadOptions,
): Promise<LoadedAgents> {
  const shape = states.conversation.config;
  const other = states.feedback.config;
  const alike = sameShape(shape, other);
  const { training, generation } = runRoom(config, world.limits, [shape, other], gpu.largestBuffer);
  const plan = { training, generation, agents: alike ? 2 : 1 };
  const plans = (alike ? [shape] : [shape, other]).map((one) => ({ ...plan, config: one }));
  const memory = checkRunFits(plans, config, gpu.largestBuffer);
  const { slots, newTokens } = generation;
  const { variants, trials } = wish
    ? await chooseVariants(gpu, shape, { tokens: training.microBatchTokens, slots, newTokens }, wish)
    : { variants: plainVariants, trials: [] };
  const kernels = Object.values(states).flatMap((state) => LanguageModel.kernels(state.config, newTokens, variants));
  await gpu.prepare(kernels, progress);
  const workspace = new TrainingWorkspace(gpu, shape, training);
  const otherWorkspace = alike ? workspace : new TrainingWorkspace(gpu, other, training);
  const model = (state: AgentState, room: TrainingWorkspace): LanguageModel => {
    const loaded = new LanguageModel(gpu, state.config, {
      endToken: tokenizer.id('<end>'),
      workspace: room,
      generation,
      variants,
    });
    loaded.load(state);
    return loaded;
  };
  const agents = {
    conversation: model(states.conversation, workspace),
    feedback: model(states.feedback, otherWorkspace),
  };
  return {
    agents,
    variants: variantNames(variants),
    trials,
    memory,
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
