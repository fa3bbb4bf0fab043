import { perRole, type RoleName, roleNames } from '../../src/waltz/game/roles';
import { version } from '../../package.json';
import { measureCopyBandwidth } from '../../src/gpu/copy-bandwidth';
import { Gpu } from '../../src/gpu/device';
import type { KernelWish } from '../../src/lab/models/kernel-choice';
import { loadAgents } from '../../src/lab/models/load-agents';
import { Meter } from '../../src/lab/run/meter';
import type { KeptRun } from '../../src/lab/run/run-format';
import { selfCheck } from '../../src/lm/self-check';
import type { AgentState } from '../../src/model/state';
import type { Agent } from '../../src/model/agent';
import { requestAdapter } from '../adapter';
import { openOnnxAgents } from '../onnx/agents';
import type { Engine, LoadedAgents, LoadedModels, LoadPlan, Progress } from './ports';
import { browserTuningMemory } from '../tuning-memory';

const memory = browserTuningMemory();

/** Opens the browser's GPU and checks its arithmetic. Throws `GpuUnavailableError` where there is none. */
export async function openEngine(progress: Progress): Promise<Engine> {
  const gpu = await openGpu();
  return new BrowserEngine(gpu, await selfCheck(gpu, progress));
}

async function openGpu(): Promise<Gpu> {
  return await Gpu.open(await requestAdapter());
}

/** One device a run: closing it frees all that the run had on the GPU, at once. */
class BrowserEngine implements Engine {
  readonly adapter;
  readonly selfCheck;
  readonly provenance;
  readonly largestBuffer: number;
  readonly lost: Promise<{ reason: string; byUs: boolean }>;
  #gpu: Gpu | null;
  #copyBandwidth: Promise<number> | null = null;
  #lose!: (how: { reason: string; byUs: boolean }) => void;

  constructor(gpu: Gpu, check: Engine['selfCheck']) {
    this.adapter = gpu.adapter;
    this.selfCheck = check;
    this.provenance = { adapter: gpu.adapter.description, build: version, variants: {} };
    this.largestBuffer = gpu.largestBuffer;
    this.lost = new Promise((resolve) => (this.#lose = resolve));
    this.#gpu = this.#watched(gpu);
  }

  async load({ agents, onnx = {} }: Pick<KeptRun, 'agents' | 'onnx'>, plan: LoadPlan): Promise<LoadedAgents> {
    const own = roleNames.filter((name) => Object.hasOwn(agents, name)).map((name) => [name, agents[name]] as const);
    const { gpu, ...loaded } = await this.#put<string>(Object.fromEntries(own), plan);
    try {
      const { variants: recorded } = plan.recorded;
      const frozen = await openOnnxAgents(onnx, { endToken: plan.tokenizer.id('<end>'), recorded });
      const agent = (name: RoleName): Agent =>
        Object.hasOwn(frozen.agents, name) ? frozen.agents[name] : loaded.agents[name];
      const all = perRole(({ name }) => agent(name));
      const models = Object.values(loaded.agents);
      const meter = new Meter(gpu, all, models, () => (this.#copyBandwidth ??= measureCopyBandwidth(gpu)));
      const { provenance } = loaded;
      return {
        ...{ ...loaded, agents: meter.agents, meter },
        provenance: { ...provenance, variants: { ...provenance.variants, ...frozen.variants } },
        destroy: () => {
          frozen.close();
          loaded.destroy();
        },
      };
    } catch (error) {
      loaded.destroy();
      throw error;
    }
  }

  async loadModels<Name extends string>(states: Record<Name, AgentState>, plan: LoadPlan): Promise<LoadedModels<Name>> {
    return await this.#put(states, plan);
  }

  async #put<Name extends string>(states: Record<Name, AgentState>, plan: LoadPlan) {
    const gpu = (this.#gpu ??= this.#watched(await openGpu()));
    const destroy = () => {
      gpu.close();
      if (this.#gpu === gpu) this.#gpu = null;
    };
    try {
      const { recorded, kernels: choice, ...rest } = plan;
      const kernels: KernelWish = { choice, recorded: recorded.variants, build: version, memory };
      const loaded = await loadAgents(gpu, states, { ...rest, kernels });
      return { ...loaded, gpu, provenance: { ...this.provenance, variants: loaded.variants }, destroy };
    } catch (error) {
      destroy();
      throw error;
    }
  }

  async forgetTuning(): Promise<void> {
    await memory.forget(this.adapter.description);
  }

  #watched(gpu: Gpu): Gpu {
    void gpu.lost.then((how) => {
      if (!how.byUs) this.#lose(how);
    });
    return gpu;
  }
}
