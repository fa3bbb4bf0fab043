import { readBaseArchive } from '../../src/checkpoint/archive';
import { Gpu } from '../../src/gpu/device';
import { environmentOf } from '../../src/lab/models/environment';
import { chooseVariants, type KernelWish } from '../../src/lab/models/kernel-choice';
import { loadAgents } from '../../src/lab/models/load-agents';
import type { RunParts } from '../../src/lab/run/run';
import type { RoleName } from '../../src/waltz/game/roles';
import type { RunConfig } from '../../src/lab/config/run-config';
import { LanguageModel, type LanguageModelOptions } from '../../src/lm/language-model';
import type { LlamaConfig } from '../../src/model/config';
import { variantNames } from '../../src/lm/variants';
import { TrainingWorkspace } from '../../src/lm/workspace';
import { training, type GenerationContender, type Start, type TrainingContender } from '../contender';

/** Tuned as in the page, and anew for every workload: the bench remembers nothing. */
const tuned: KernelWish = {
  choice: 'tuned',
  recorded: {},
  build: '',
  memory: { read: () => Promise.resolve(null), write: () => Promise.resolve() },
};

/** All of the bench that knows the engine. */
async function openGpu(): Promise<Gpu> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('This browser gives no WebGPU adapter. Start the bench with --adapter swiftshader.');
  return Gpu.open(adapter);
}

interface Capacity {
  training: { tokens: number; sequences: number };
  generation: LanguageModelOptions['generation'];
}

/** No token that the model can draw: every generation has its full length. */
const never = ({ vocab_size }: LlamaConfig) => vocab_size;

async function openModel(start: Start, capacity: Capacity) {
  const { config } = start;
  const gpu = await openGpu();
  const { slots, newTokens } = capacity.generation;
  const room = { tokens: capacity.training.tokens, slots, newTokens };
  const { variants } = await chooseVariants(gpu, config, room, tuned);
  console.info(`    ours runs ${JSON.stringify(variantNames(variants))}`);
  await gpu.prepare(LanguageModel.kernels(config, newTokens, variants));
  const workspace = new TrainingWorkspace(gpu, config, capacity.training);
  const model = new LanguageModel(gpu, config, {
    endToken: never(config),
    workspace,
    generation: capacity.generation,
    variants,
  });
  model.load(start);
  return { gpu, model };
}

/** For batches of any shape within this capacity. */
export async function openTraining(start: Start, capacity: Capacity['training']): Promise<TrainingContender> {
  const { gpu, model } = await openModel(start, { training: capacity, generation: { slots: 1, newTokens: 1 } });
  return {
    name: 'ours',
    async train(batch) {
      const { loss } = await model.supervise(
        batch.map((ids) => ({ ids, weights: ids.map(() => 1) })),
        training,
      );
      return loss;
    },
    dispose: () => gpu.close(),
  };
}

export async function openGeneration(
  start: Start,
  { batch, newTokens }: { batch: number; newTokens: number },
): Promise<GenerationContender> {
  const { gpu, model } = await openModel(start, {
    // Generation goes through the buffers of training: as many prompts are read at once.
    training: { tokens: batch * start.config.max_position_embeddings, sequences: 1 },
    generation: { slots: batch, newTokens },
  });
  return {
    name: 'ours',
    async generate(prompts, maxNewTokens) {
      const rollouts = prompts.map((_, i) => i);
      const completions = await model.generate(prompts, {
        maxNewTokens,
        temperature: 0,
        draw: { seed: 1, stream: 'sampling', step: 0, phase: 0, rollouts },
      });
      return completions.map(({ ids }, i) => ids.slice(prompts[i].length));
    },
    dispose: () => gpu.close(),
  };
}

/** Both agents of a run as they are shipped, on the GPU, with the world around them. */
export async function openRun(config: RunConfig): Promise<{ parts: RunParts<RoleName>; close: () => void }> {
  const response = await fetch(`/agents/${config.level}.waltz`);
  if (!response.ok) throw new Error(`The base agents did not load: the server answered ${response.status}.`);
  const base = await readBaseArchive(new Uint8Array(await response.arrayBuffer()));
  const { task, tokenizer, judge } = environmentOf(config.level);
  const gpu = await openGpu();
  const { conversation, feedback } = base.agents;
  const { agents } = await loadAgents(gpu, { conversation, feedback }, { config, task, tokenizer, kernels: tuned });
  return { parts: { task, tokenizer, judge, agents }, close: () => gpu.close() };
}
