import { readBaseArchive } from '../../src/checkpoint/archive';
import { Gpu } from '../../src/gpu/device';
import { archiveName } from '../../src/lab/models/shipped';
import { environmentOf } from '../../src/lab/models/environment';
import { openRunModels } from '../../src/lab/models/open-run-models';
import type { RunParts } from '../../src/lab/run/run';
import { perRole, type RoleName } from '../../src/waltz/game/roles';
import type { RunConfig } from '../../src/lab/config/run-config';
import { noTuningMemory } from '../../src/lm/backend/tuning-memory';
import { WebGpuBackend } from '../../src/lm/backend/webgpu-backend';
import type { Backend } from '../../src/model/backend';
import type { ModelCapacity } from '../../src/model/capacity';
import type { TrainableModel } from '../../src/model/trainable-model';
import type { VariantWish } from '../../src/model/variants';
import { training, type GenerationContender, type Start, type TrainingContender } from '../contender';

/** Tuned as in the page, and anew for every workload: the bench remembers nothing. */
const variants: VariantWish = { choice: 'tuned', recorded: {} };

/** All of the bench that knows the engine. */
async function openGpu(): Promise<Gpu> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('This browser gives no WebGPU adapter. Start the bench with --adapter swiftshader.');
  return Gpu.open(adapter);
}

const openBackend = (): Promise<Backend> =>
  WebGpuBackend.open({ openDevice: openGpu, build: '', memory: noTuningMemory });

/** No token that the model can draw: every generation has its full length. */
const never = { endTokens: [] };

async function openModel(
  start: Start,
  capacity: Pick<ModelCapacity, 'training' | 'generation'>,
): Promise<{ backend: Backend; model: TrainableModel }> {
  const { config } = start;
  const backend = await openBackend();
  const whole = { length: config.max_position_embeddings, ...capacity, advice: () => 'Take a smaller workload.' };
  const opened = await backend.open({ ours: start }, whole, { rules: never, variants });
  console.info(`    ours runs ${JSON.stringify(opened.provenance.variants)}`);
  return { backend, model: opened.models.ours };
}

/** For batches of any shape within this capacity. */
export async function openTraining(start: Start, capacity: ModelCapacity['training']): Promise<TrainingContender> {
  const { backend, model } = await openModel(start, { training: capacity, generation: null });
  return {
    name: 'ours',
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
  start: Start,
  { batch, newTokens }: { batch: number; newTokens: number },
): Promise<GenerationContender> {
  const { backend, model } = await openModel(start, {
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
    dispose: () => backend.close(),
  };
}

/** Both agents of a run as they are shipped, on the GPU, with the world around them. */
export async function openRun(config: RunConfig): Promise<{ parts: RunParts<RoleName>; close: () => void }> {
  const response = await fetch(`/agents/${archiveName(config)}.waltz`);
  if (!response.ok) throw new Error(`The base agents did not load: the server answered ${response.status}.`);
  const base = await readBaseArchive(new Uint8Array(await response.arrayBuffer()));
  const around = environmentOf(config.task);
  const backend = await openBackend();
  const states = perRole(({ name }) => base.agents[name]);
  const { models } = await openRunModels(backend, states, config, around, { variants });
  return { parts: { ...around, agents: models }, close: () => backend.close() };
}
