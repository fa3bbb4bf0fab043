import { openGpu, type OpenedGpu } from '../../cli/adapter';
import { Gpu } from '../../src/gpu/device';
import type { Pacer } from '../../src/gpu/pacer';
import { LanguageModel } from '../../src/lm/language-model';
import type { AgentState } from '../../src/model/state';
import { plainVariants, type Variants } from '../../src/lm/variants';
import { TrainingWorkspace } from '../../src/lm/workspace';

/** The end token of the tests' models. */
export const end = 5;

/** A GPU of the machine, or its software driver, with models on it. */
export interface Engine {
  readonly gpu: Gpu;
  /** A model of its own, in this state. `end` ends a text unless `endTokens` are given, and the kernels are plain. */
  load(
    state: AgentState,
    options?: { endTokens?: number[]; suppressTokens?: number[]; variants?: Variants },
  ): Promise<LanguageModel>;
  close(): void;
}

const generation = { slots: 12, newTokens: 96 };

/** Paced, on a software adapter too, if a pacer is given; else not, on a GPU neither. */
export async function openEngine(pacer: Pacer | null = null): Promise<Engine> {
  const opened: OpenedGpu = await openGpu();
  const gpu = await Gpu.open(opened.adapter, pacer);
  const workspaces = new Map<string, TrainingWorkspace>();
  return {
    gpu,
    async load(state, { endTokens = [end], suppressTokens = [], variants = plainVariants } = {}) {
      const { config } = state;
      await gpu.prepare(LanguageModel.kernels(config, generation.newTokens, variants));
      const key = JSON.stringify(config);
      const workspace = workspaces.get(key) ?? new TrainingWorkspace(gpu, config, { tokens: 600, sequences: 40 });
      workspaces.set(key, workspace);
      const model = new LanguageModel(gpu, config, {
        rules: { endTokens, suppressTokens },
        workspace,
        generation,
        variants,
      });
      model.load(state);
      return model;
    },
    close() {
      gpu.close();
      opened.close();
    },
  };
}
