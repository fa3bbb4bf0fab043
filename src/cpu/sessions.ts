import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { LlamaConfig } from '../model/config';
import type { LoraLayout } from '../model/lora';
import type { TokenRules } from '../model/token-rules';
import type { Runtime } from '../onnx/decoder';
import { Feeder, type Feeds } from './feeds';
import { generationGraph } from './graph/generation';
import { learningGraph, type Pass } from './graph/learning';
import { readingGraph } from './graph/reading';
import { weightPlaces } from './weight-places';

/** A model that was closed was asked for something. */
export class ClosedModelError extends Error {
  override name = 'ClosedModelError';

  constructor() {
    super('This model is closed. Open it again.');
  }
}

export type GraphName = Pass | 'generate' | 'read';

/** What a session is opened with, beside its graph. */
export type SessionOptions = InferenceSession.SessionOptions;

/** What adapters stand on: weights that no model of these sessions changes. */
export interface FrozenBase {
  lora: LoraLayout;
  /** In the flat layout of `parameterLayout`. */
  parameters: Float32Array<ArrayBuffer>;
}

/**
 * The graphs of models of one shape as sessions, each opened when it is first asked for. Weights go in with every run, so
 * that models share them. The frozen base of adapters goes in by itself; to the graph that writes, it is given once, beside it.
 */
export class Sessions {
  readonly runtime: Runtime;
  /** Milliseconds in runs so far, and how many there were. */
  readonly spent = { milliseconds: 0, runs: 0 };
  readonly #config: LlamaConfig;
  readonly #rules: TokenRules;
  readonly #options: SessionOptions;
  readonly #base: FrozenBase | null;
  readonly #frozen: Feeds;
  readonly #opened = new Map<GraphName, Promise<InferenceSession>>();
  #closed = false;

  constructor(
    runtime: Runtime,
    config: LlamaConfig,
    rules: TokenRules,
    options: SessionOptions,
    base: FrozenBase | null = null,
  ) {
    this.#base = base;
    this.#frozen = base ? new Feeder(runtime).views(weightPlaces(config).all, base.parameters) : {};
    this.runtime = runtime;
    this.#config = config;
    this.#rules = rules;
    this.#options = options;
  }

  async prepare(name: GraphName): Promise<void> {
    await this.#open(name);
  }

  async run(name: GraphName, feeds: Feeds): Promise<Record<string, Tensor>> {
    const session = await this.#open(name);
    const begun = performance.now();
    const results = await session.run(name === 'generate' ? feeds : { ...feeds, ...this.#frozen });
    this.spent.milliseconds += performance.now() - begun;
    this.spent.runs++;
    return results;
  }

  /** Nothing can be run from here on. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    for (const session of opened) await (await session).release();
  }

  async #open(name: GraphName): Promise<InferenceSession> {
    if (this.#closed) throw new ClosedModelError();
    let session = this.#opened.get(name);
    if (!session) {
      const beside =
        name === 'generate' && this.#base ? { externalData: externalWeights(this.#config, this.#base) } : {};
      session = this.runtime.InferenceSession.create(this.#graph(name), { ...this.#options, ...beside });
      this.#opened.set(name, session);
      // What did not open may open the next time.
      session.catch(() => this.#opened.delete(name));
    }
    return await session;
  }

  #graph(name: GraphName): Uint8Array {
    const lora = this.#base?.lora ?? null;
    if (name === 'generate') return generationGraph(this.#config, this.#rules, lora);
    if (name === 'read') return readingGraph(this.#config, lora);
    return learningGraph(this.#config, name, lora);
  }
}

/** Weights as a session takes them beside its graph (`asConstant`): nothing is copied before. */
export function externalWeights(
  config: LlamaConfig,
  { parameters: { buffer, byteOffset } }: Pick<FrozenBase, 'parameters'>,
): { path: string; data: Uint8Array<ArrayBuffer> }[] {
  return weightPlaces(config).all.map(({ name, offset, size }) => {
    return { path: name, data: new Uint8Array(buffer, byteOffset + 4 * offset, 4 * size) };
  });
}
