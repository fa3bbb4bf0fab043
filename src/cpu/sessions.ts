import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { LlamaConfig } from '../model/config';
import type { TokenRules } from '../model/token-rules';
import type { Runtime } from '../onnx/decoder';
import { generationGraph } from './graph/generation';
import { learningGraph, type Pass } from './graph/learning';
import { readingGraph } from './graph/reading';

/** A model that was closed was asked for something. */
export class ClosedModelError extends Error {
  override name = 'ClosedModelError';

  constructor() {
    super('This model is closed. Open it again.');
  }
}

export type GraphName = Pass | 'generate' | 'read';
export type Feeds = Record<string, Tensor>;

/** What a session is opened with, beside its graph. */
export type SessionOptions = InferenceSession.SessionOptions;

/**
 * The graphs of models of one shape as sessions, each opened when it is first asked for. Weights go in with every run, so
 * that models share them.
 */
export class Sessions {
  readonly runtime: Runtime;
  /** Milliseconds in runs so far, and how many there were. */
  readonly spent = { milliseconds: 0, runs: 0 };
  readonly #config: LlamaConfig;
  readonly #rules: TokenRules;
  readonly #options: SessionOptions;
  readonly #opened = new Map<GraphName, Promise<InferenceSession>>();
  #closed = false;

  constructor(runtime: Runtime, config: LlamaConfig, rules: TokenRules, options: SessionOptions) {
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
    const results = await session.run(feeds);
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
      session = this.runtime.InferenceSession.create(this.#graph(name), this.#options);
      this.#opened.set(name, session);
      // What did not open may open the next time.
      session.catch(() => this.#opened.delete(name));
    }
    return await session;
  }

  #graph(name: GraphName): Uint8Array {
    if (name === 'generate') return generationGraph(this.#config, this.#rules);
    if (name === 'read') return readingGraph(this.#config);
    return learningGraph(this.#config, name);
  }
}
