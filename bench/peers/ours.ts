/** This project as a contender, on whichever of its backends. */
import { readBaseArchive } from '../../src/checkpoint/archive';
import type { RunConfig } from '../../src/lab/config/run-config';
import { environmentOf } from '../../src/lab/models/environment';
import { openRunModels } from '../../src/lab/models/open-run-models';
import type { RunParts } from '../../src/lab/run/run';
import type { Backend } from '../../src/model/backend';
import type { ModelCapacity } from '../../src/model/capacity';
import type { TrainableModel } from '../../src/model/trainable-model';
import type { VariantWish } from '../../src/model/variants';
import { perRole, type RoleName } from '../../src/waltz/game/roles';
import { training, type GenerationContender, type Start, type TrainingContender } from '../contender';

/** One of the backends. */
export interface Ours {
  /** In results and tables. */
  name: string;
  open: () => Promise<Backend>;
}

/** Tuned as in the page, and anew for every workload: the bench remembers nothing. */
const variants: VariantWish = { choice: 'tuned', recorded: {} };

/** No token that the model can draw: every generation has its full length. */
export const never = { endTokens: [] };

async function openModel(
  ours: Ours,
  start: Start,
  capacity: Pick<ModelCapacity, 'training' | 'generation'>,
): Promise<{ backend: Backend; model: TrainableModel }> {
  const { config } = start;
  const backend = await ours.open();
  const whole = { length: config.max_position_embeddings, ...capacity, advice: () => 'Take a smaller workload.' };
  const opened = await backend.open({ ours: start }, whole, { rules: never, variants });
  console.info(`    ${ours.name} runs ${backend.adapter.description} ${JSON.stringify(opened.provenance.variants)}`);
  return { backend, model: opened.models.ours };
}

/** For batches of any shape within this capacity. */
export async function openTraining(
  ours: Ours,
  start: Start,
  capacity: ModelCapacity['training'],
): Promise<TrainingContender> {
  const { backend, model } = await openModel(ours, start, { training: capacity, generation: null });
  return {
    name: ours.name,
    async train(batch) {
      const { loss } = await model.supervise(
        batch.map((ids) => ({ ids, weights: ids.map(() => 1) })),
        training,
      );
      return loss;
    },
    dispose: () => backend.close(),
  };
}

export async function openGeneration(
  ours: Ours,
  start: Start,
  { batch, newTokens }: { batch: number; newTokens: number },
): Promise<GenerationContender> {
  const { backend, model } = await openModel(ours, start, {
    // Generation goes through the buffers of training: as many prompts are read at once.
    training: { tokens: batch * start.config.max_position_embeddings, sequences: 1 },
    generation: { slots: batch, newTokens },
  });
  return {
    name: ours.name,
    generate: (prompts, maxNewTokens) => greedily(model, prompts, maxNewTokens),
    dispose: () => backend.close(),
  };
}

/** New tokens behind each prompt. */
export async function greedily(
  model: Pick<TrainableModel, 'generate'>,
  prompts: readonly (readonly number[])[],
  maxNewTokens: number,
): Promise<number[][]> {
  const completions = await model.generate(prompts, {
    maxNewTokens,
    temperature: 0,
    draw: { seed: 1, stream: 'sampling', step: 0, phase: 0, rollouts: prompts.map((_, i) => i) },
  });
  return completions.map(({ ids }, i) => ids.slice(prompts[i].length));
}

/** Both agents of a run as they stand in `archive`, with the world around them. */
export async function openRun(
  ours: Ours,
  config: RunConfig,
  archive: Uint8Array<ArrayBuffer>,
): Promise<{ parts: RunParts<RoleName>; close: () => void }> {
  const base = await readBaseArchive(archive);
  const around = environmentOf(config.task);
  const backend = await ours.open();
  const states = perRole(({ name }) => base.agents[name]);
  const { models } = await openRunModels(backend, states, config, around, { variants });
  return { parts: { ...around, agents: models }, close: () => backend.close() };
}
