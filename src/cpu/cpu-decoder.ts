import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Agent, Completion, GenerateOptions, TokenDecoder } from '../model/agent';
import type { LlamaConfig } from '../model/config';
import { checkIds } from '../model/requests';
import type { AgentState } from '../model/state';
import type { TokenRules } from '../model/token-rules';
import { WorkCounter } from '../model/work-counter';
import type { Runtime } from '../onnx/decoder';
import { Feeder, type Feeds } from './feeds';
import { Generator } from './generator';
import { cacheNames, decodingGraph } from './graph/decoding';
import { externalWeights, type SessionOptions } from './sessions';

type Values = Float32Array<ArrayBuffer>;

interface Options {
  rules: TokenRules;
  /** Sequences that are continued side by side. */
  slots: number;
  session: SessionOptions;
}

/** A decoder that does not learn: its weights stand in the session, where the runtime can pack them. */
export class CpuDecoder implements TokenDecoder, Pick<Agent, 'generate'> {
  readonly #session: InferenceSession;
  readonly #config: LlamaConfig;
  readonly #feeder: Feeder;
  readonly #generator: Generator;
  /** Names of keys and values, layer by layer. */
  readonly #caches: readonly ReturnType<typeof cacheNames>[];
  /** What was read token by token, its keys and values by their names as a past. */
  #read: { ids: readonly number[]; past: Feeds } = { ids: [], past: {} };

  private constructor(runtime: Runtime, session: InferenceSession, config: LlamaConfig, { rules, slots }: Options) {
    this.#session = session;
    this.#config = config;
    this.#feeder = new Feeder(runtime);
    this.#caches = Array.from({ length: config.num_hidden_layers }, (_, i) => cacheNames(i));
    const run = (feeds: Feeds, prompts: number) =>
      session.run({ ...feeds, ...this.#nothingRead(prompts) }, ['tokens', 'logprobs', 'probes']);
    this.#generator = new Generator({ runtime, run, config, rules, slots, work: new WorkCounter() });
  }

  static async open(
    runtime: Runtime,
    model: Pick<AgentState, 'config' | 'parameters'>,
    options: Options,
  ): Promise<CpuDecoder> {
    const { config } = model;
    const externalData = externalWeights(config, model);
    const graph = decodingGraph(config, options.rules);
    const session = await runtime.InferenceSession.create(graph, { ...options.session, externalData });
    return new CpuDecoder(runtime, session, config, options);
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    return this.#generator.generate(prompts, options);
  }

  async next(ids: readonly number[]): Promise<Values> {
    checkIds([ids], this.#config);
    const { ids: before, past } = this.#read;
    const same = before.findIndex((id, i) => id !== ids[i]);
    // The last one is read again where nothing follows it: its logits are asked for.
    const kept = Math.min(same < 0 ? before.length : same, ids.length - 1);
    const behind = kept === 0 ? this.#nothingRead(1) : kept === before.length ? past : this.#cut(past, kept);
    const unread = [ids.slice(kept)];
    const nothing = { draws: new Float32Array(1), temperature: 0, probes: [] };
    const feeds = { ...this.#feeder.generation(unread, { ...nothing, past: kept }), ...behind };
    this.#read = { ids: [], past: {} };
    const names = this.#caches.map(({ past, present }) => [past, present].map(Object.values<string>));
    const presents = names.flatMap(([, present]) => present);
    const { logits, ...read } = await this.#session.run(feeds, ['logits', ...presents]);
    const pasts = names.flatMap(([past]) => past);
    this.#read = { ids: [...ids], past: Object.fromEntries(pasts.map((name, i) => [name, read[presents[i]]])) };
    return (logits.data as Values).slice();
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  #nothingRead(sequences: number): Feeds {
    const { num_key_value_heads, head_dim } = this.#config;
    const none = this.#feeder.floats(new Float32Array(), [sequences, num_key_value_heads, 0, head_dim]);
    return Object.fromEntries(this.#caches.flatMap(({ past }) => [past.keys, past.values].map((name) => [name, none])));
  }

  /** The first `length` tokens of a past of one sequence. */
  #cut(past: Feeds, length: number): Feeds {
    return Object.fromEntries(Object.entries(past).map(([name, tensor]) => [name, this.#cutOne(tensor, length)]));
  }

  #cutOne({ data, dims: [, heads, before, size] }: Tensor, length: number): Tensor {
    const cut = new Float32Array(heads * length * size);
    for (let head = 0; head < heads; head++) {
      const from = head * before * size;
      cut.set((data as Values).subarray(from, from + length * size), head * length * size);
    }
    return this.#feeder.floats(cut, [1, heads, length, size]);
  }
}
