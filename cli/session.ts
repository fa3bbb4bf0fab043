/** The GPU and the agents on it, as the commands use them. */
import { perRole, type RoleName, roleNames } from '../src/waltz/game/roles';
import { version } from '../package.json';
import { continuedBy, isExact, type Provenance } from '../src/checkpoint/snapshot';
import { Gpu, type AdapterSummary } from '../src/gpu/device';
import { environmentOf, type Environment } from '../src/lab/models/environment';
import type { KernelChoice, KernelWish } from '../src/lab/models/kernel-choice';
import { loadAgents, type LoadedAgents } from '../src/lab/models/load-agents';
import { loadDecoder } from '../src/lab/models/load-decoder';
import { loadLearner } from '../src/lab/models/load-learner';
import { mebibytes } from '../src/lab/models/capacity';
import type { RunConfig } from '../src/lab/config/run-config';
import type { RunParts } from '../src/lab/run/run';
import type { LanguageModel } from '../src/lm/language-model';
import type { GpuDecoder } from '../src/lm/decoder';
import type { AgentState } from '../src/model/state';
import type { Tokenizer } from '../src/tokenizer';
import { openGpu, type AdapterChoice, type OpenedGpu } from './adapter';
import { say } from './output';
import { tuningMemory } from './tuning-memory';

export interface EngineChoice {
  adapter: AdapterChoice;
  kernels: KernelChoice;
}

/** An opened GPU. Close it, or Node does not exit. */
export class Engine {
  readonly gpu: Gpu;
  readonly adapterName: OpenedGpu['name'];
  readonly provenance: Provenance;
  readonly #opened: OpenedGpu;
  readonly #kernels: KernelChoice;

  private constructor(gpu: Gpu, opened: OpenedGpu, kernels: KernelChoice) {
    this.gpu = gpu;
    this.#opened = opened;
    this.#kernels = kernels;
    this.adapterName = opened.name;
    this.provenance = { adapter: opened.description, build: version, variants: {} };
  }

  /** Says on stderr which adapter it is. @throws {NoAdapterError | GpuUnavailableError} */
  static async open({ adapter, kernels }: EngineChoice): Promise<Engine> {
    const opened = await openGpu(adapter);
    say(`GPU: ${opened.description} (--adapter ${opened.name})`);
    return new Engine(await Gpu.open(opened.adapter), opened, kernels);
  }

  /** What the adapter allows. */
  get limits(): Record<string, number> {
    const limits: Record<string, number> = {};
    const all = this.#opened.adapter.limits as unknown as Record<string, unknown>;
    for (const name in all) if (typeof all[name] === 'number') limits[name] = all[name];
    return limits;
  }

  /**
   * One model alone, with room for supervised batches of this many sequences; of a batch at most `microBatchTokens` are
   * computed at once, 0 for all. @throws {GpuMemoryError}
   */
  async model(
    state: AgentState,
    { sequences, microBatchTokens }: { sequences: number; microBatchTokens: number },
    tokenizer: Tokenizer,
  ): Promise<LanguageModel> {
    // No sequence is longer than the model's positions.
    const batches = {
      sequences,
      length: state.config.max_position_embeddings,
      ...(microBatchTokens > 0 ? { microBatchTokens } : {}),
    };
    const advice = (most: number) => `Give --micro-batch-tokens ${most}.`;
    const options = { batches, endToken: tokenizer.id('<end>'), kernels: this.#wish({}), advice };
    const { model, memory } = await loadLearner(this.gpu, state, options);
    say(`GPU memory: about ${mebibytes(memory.total)}`);
    return model;
  }

  /** A model that only decodes, one sequence of at most `length` tokens at a time. @throws {GpuMemoryError} */
  async decoder(
    model: Pick<AgentState, 'config' | 'parameters'>,
    { length, endToken }: { length: number; endToken: number },
  ): Promise<GpuDecoder> {
    const advice = (most: number) =>
      `A text of at most ${most} tokens would fit: give a shorter prompt, or fewer --tokens.`;
    const options = { length, endToken, advice, kernels: this.#wish({}) };
    const { decoder, memory } = await loadDecoder(this.gpu, model, options);
    say(`GPU memory: about ${mebibytes(memory.total)}`);
    return decoder;
  }

  /** A run's models; one that goes on replays the variants that computed it. */
  async agents<Name extends string>(
    states: Readonly<Record<Name, AgentState>>,
    { config, task, tokenizer }: Environment & { config: RunConfig },
    recorded: Provenance['variants'],
  ): Promise<LoadedAgents<Name>> {
    const kernels = this.#wish(recorded);
    return await loadAgents(this.gpu, states, { config, task, tokenizer, kernels });
  }

  #wish(recorded: Provenance['variants']): KernelWish {
    return { choice: this.#kernels, recorded, build: version, memory: tuningMemory };
  }

  close(): void {
    this.gpu.close();
    this.#opened.close();
  }
}

export interface SessionOptions extends EngineChoice {
  config: RunConfig;
  states: Readonly<Record<string, AgentState>>;
  /** What computed a run that goes on here. */
  recorded?: Provenance | undefined;
}

/** All agents of a run on the GPU, with what a `Run` needs around them. */
export interface Session extends Environment {
  parts: RunParts<RoleName>;
  adapter: AdapterSummary;
  provenance: Provenance;
  states(): Promise<Record<RoleName, AgentState>>;
  close(): void;
}

/** An archive lacks an agent. */
export class MissingAgentError extends Error {
  override name = 'MissingAgentError';
}

export async function openSession({ adapter, kernels, config, states, recorded }: SessionOptions): Promise<Session> {
  for (const name of roleNames) {
    if (!Object.hasOwn(states, name)) {
      throw new MissingAgentError(
        `There is no ${name} agent that this engine can run. Choose another archive; one with ONNX weights plays in the page.`,
      );
    }
  }
  const { task, tokenizer, judge } = environmentOf(config.level);
  const engine = await Engine.open({ adapter, kernels });
  try {
    const around = { config, task, tokenizer, judge };
    const loaded = await engine.agents(
      perRole(({ name }) => states[name]),
      around,
      recorded?.variants ?? {},
    );
    const provenance = { ...engine.provenance, variants: loaded.variants };
    say(`GPU memory: about ${mebibytes(loaded.memory.total)}`);
    if (recorded) sayWhetherExact(recorded, provenance);
    return {
      ...{ task, tokenizer, judge, adapter: engine.gpu.adapter },
      provenance: recorded ? continuedBy(recorded, provenance) : provenance,
      parts: { task, tokenizer, judge, agents: loaded.agents },
      states: () => loaded.states(),
      close: () => engine.close(),
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

function sayWhetherExact(recorded: Provenance, present: Provenance): void {
  if (isExact(recorded, present)) return;
  const words = (['adapter', 'build', 'variants'] as const)
    .map((part) => [part, JSON.stringify(recorded[part]), JSON.stringify(present[part])])
    .filter(([, before, now]) => before !== now)
    .map(([part, before, now]) => `${part} ${before} before, ${now} now`);
  say(`The run continues, not bit-exact: ${words.join('; ')}.`);
}
