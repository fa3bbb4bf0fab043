/** The GPU and the agents on it, as the commands use them. */
import { version } from '../package.json';
import type { Provenance } from '../src/checkpoint/snapshot';
import { Gpu, type AdapterSummary } from '../src/gpu/device';
import { house, type House } from '../src/lab/house';
import { loadAgents } from '../src/lab/load-agents';
import type { RunConfig } from '../src/lab/run-config';
import type { RunParts } from '../src/lab/run';
import { LanguageModel } from '../src/lm/agent';
import type { LlamaConfig } from '../src/lm/config';
import type { AgentState } from '../src/lm/state';
import { TrainingWorkspace } from '../src/lm/workspace';
import type { Tokenizer } from '../src/tokenizer';
import type { AgentName } from '../src/world';
import { openGpu, type AdapterChoice, type OpenedGpu } from './adapter';
import { say } from './output';

export interface EngineChoice {
  adapter: AdapterChoice;
}

/** An opened GPU. Close it, or Node does not exit. */
export class Engine {
  readonly gpu: Gpu;
  readonly adapterName: OpenedGpu['name'];
  readonly provenance: Provenance;
  readonly #opened: OpenedGpu;

  private constructor(gpu: Gpu, opened: OpenedGpu) {
    this.gpu = gpu;
    this.#opened = opened;
    this.adapterName = opened.name;
    this.provenance = { adapter: opened.description, build: version, variants: {} };
  }

  /** Says on stderr which adapter it is. @throws {NoAdapterError | GpuUnavailableError} */
  static async open({ adapter }: EngineChoice): Promise<Engine> {
    const opened = await openGpu(adapter);
    say(`GPU: ${opened.description} (--adapter ${opened.name})`);
    return new Engine(await Gpu.open(opened.adapter), opened);
  }

  /** What the adapter allows. */
  get limits(): Record<string, number> {
    const limits: Record<string, number> = {};
    const all = this.#opened.adapter.limits as unknown as Record<string, unknown>;
    for (const name in all) if (typeof all[name] === 'number') limits[name] = all[name];
    return limits;
  }

  /** One model alone, with room for supervised batches of this many sequences. */
  async model(state: AgentState, sequences: number, tokenizer: Tokenizer): Promise<LanguageModel> {
    const { config } = state;
    const generation = { slots: 1, newTokens: 1 };
    await this.gpu.prepare(LanguageModel.kernels(config, generation.newTokens));
    const workspace = new TrainingWorkspace(this.gpu, config, { tokens: capacity(config, sequences), sequences });
    const model = new LanguageModel(this.gpu, config, { endToken: tokenizer.id('<end>'), workspace, generation });
    model.load(state);
    return model;
  }

  close(): void {
    this.gpu.close();
    this.#opened.close();
  }
}

/** No sequence is longer than the model's positions. */
function capacity({ max_position_embeddings }: LlamaConfig, sequences: number): number {
  return sequences * max_position_embeddings;
}

export interface SessionOptions extends EngineChoice {
  config: RunConfig;
  states: Readonly<Record<string, AgentState>>;
  /** What computed a run that goes on here. */
  recorded?: Provenance | undefined;
}

/** Both agents of a run on the GPU, with what a `Run` needs around them. */
export interface Session extends House {
  parts: RunParts;
  adapter: AdapterSummary;
  provenance: Provenance;
  states(): Promise<Record<AgentName, AgentState>>;
  close(): void;
}

/** An archive lacks one of the two agents. */
export class MissingAgentError extends Error {
  override name = 'MissingAgentError';
}

export async function openSession({ adapter, config, states, recorded }: SessionOptions): Promise<Session> {
  for (const name of ['conversation', 'feedback']) {
    if (!Object.hasOwn(states, name)) throw new MissingAgentError(`There is no ${name} agent. Choose another archive.`);
  }
  const { world, tokenizer, judge } = house(config.level);
  const engine = await Engine.open({ adapter });
  try {
    if (recorded) sayWhetherExact(recorded, engine.provenance);
    const { conversation, feedback } = states;
    const loaded = await loadAgents(engine.gpu, { conversation, feedback }, { config, world, tokenizer });
    return {
      ...{ world, tokenizer, judge, provenance: engine.provenance, adapter: engine.gpu.adapter },
      parts: { world, tokenizer, judge, agents: loaded.agents },
      states: () => loaded.states(),
      close: () => engine.close(),
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

function sayWhetherExact(recorded: Provenance, present: Provenance): void {
  const changed = (['adapter', 'build'] as const).filter((part) => recorded[part] !== present[part]);
  const words = changed.map((part) => `${part} was ${recorded[part]} and is ${present[part]}`);
  if (words.length > 0) say(`The run continues, not bit-exact: ${words.join('; ')}.`);
}
