import { openGpu } from '../../cli/adapter';
import { readBaseAgents } from '../../cli/base-agents';
import { Gpu } from '../../src/gpu/device';
import type { RunConfig } from '../../src/lab/config';
import { runCapacity } from '../../src/lab/models/capacity';
import { environmentOf } from '../../src/lab/models/environment';
import { openModels } from '../../src/lm/backend/open-models';
import { noTuningMemory } from '../../src/lm/backend/tuning-memory';

/** Nothing is remembered from one test to the next. */
export const untuned = { build: 'test', memory: noTuningMemory };

/** The machine's GPU or its software driver, paced as everywhere. */
export async function openDevice(): Promise<{ gpu: Gpu; close: () => void }> {
  const opened = await openGpu();
  const gpu = await Gpu.open(opened.adapter);
  return {
    gpu,
    close: () => {
      gpu.close();
      opened.close();
    },
  };
}

/** Both agents of a run as they are shipped, on this GPU, in the plain variants, with what a run needs around them. */
export async function openShipped(gpu: Gpu, config: RunConfig) {
  const around = environmentOf(config.task);
  const { conversation, feedback } = (await readBaseAgents(config)).agents;
  const room = runCapacity(config, around.task.limits);
  const endToken = around.tokenizer.id('<end>');
  const opened = await openModels(gpu, { conversation, feedback }, room, { rules: { endTokens: [endToken] } }, untuned);
  return { ...opened, parts: { ...around, agents: opened.models } };
}
