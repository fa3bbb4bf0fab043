import type { AdapterSummary } from '../model/adapter-summary';
import type { Backend, OpenedDecoder, OpenedModels, OpenOptions, SelfCheck } from '../model/backend';
import type { DecoderRequest, ModelCapacity } from '../model/capacity';
import { checkConfig, UnsupportedModelError, type LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import { loraLayout } from '../model/lora';
import type { MemoryNeed } from '../model/memory';
import type { Provenance } from '../model/provenance';
import type { Purpose } from '../model/purposes';
import { OneAtATime } from '../model/requests';
import { compareNumbers, problem, tensorSums } from '../model/self-check';
import { trainedSize, type ModelShape } from '../model/shapes';
import { checkShape, shapeOf, type AgentState } from '../model/state';
import type { Runtime } from '../onnx/decoder';
import { CpuDecoder } from './cpu-decoder';
import { CpuModel } from './cpu-model';
import { CpuMemory, MemoryError, slotsOf, standing, tokensAtOnce } from './memory';
import { CpuMeter } from './meter';
import { Queue } from './queue';
import { resting } from './resting';
import { Sessions, type SessionOptions } from './sessions';

export interface CpuOptions {
  /** ONNX Runtime, for Node or for WebAssembly. */
  runtime: Runtime;
  session: SessionOptions;
  /** Lets the thread hear of other things between two runs, where a run holds it. */
  rest?: () => Promise<void>;
  /** What computes, in words: with how many threads, and which build of the runtime. */
  description: string;
  /** Of this program. */
  build: string;
  /** Memory that models may take. */
  mostBytes: number;
}

/**
 * Models computed by ONNX Runtime on a processor: forward, loss and hand-derived gradients are graphs of ours
 * (`src/cpu/graph`), the optimizer is a loop. The same number of threads gives the same bits.
 */
export class CpuBackend implements Backend {
  readonly name = 'CPU';
  readonly adapter: AdapterSummary;
  readonly provenance: Provenance;
  // Nothing takes a processor away.
  readonly lost = new Promise<never>(() => undefined);
  readonly #runtime: Runtime;
  readonly #session: SessionOptions;
  readonly #memory: CpuMemory;
  readonly #queue = new Queue();
  readonly #opened = new Set<() => void>();
  #copyBandwidth: number | null = null;

  constructor(options: CpuOptions) {
    const { runtime, session, rest, description, build, mostBytes } = options;
    this.#runtime = rest ? resting(runtime, rest) : runtime;
    this.#session = session;
    this.#memory = new CpuMemory(mostBytes);
    this.adapter = { description, vendor: '', architecture: '', software: true, features: [] };
    this.provenance = { adapter: description, build, variants: {}, backend: this.name };
  }

  async selfCheck(progress?: (done: number, total: number) => void): Promise<SelfCheck> {
    const { state, examples, options } = problem();
    const capacity: ModelCapacity = {
      ...{ length: 16, training: { tokens: 32, sequences: 2 }, generation: null, advice: String },
    };
    const opened = await this.open({ only: state }, capacity, { rules: { endTokens: [0] }, progress });
    try {
      const model = opened.models.only;
      const layout = parameterLayout(state.config);
      const scores = await model.score(examples.map(({ ids }) => ids));
      const { grad_norm } = await model.supervise(examples, options);
      const { parameters } = await model.save();
      return compareNumbers({
        logprobs: scores.flatMap(({ logprobs }) => logprobs),
        gradient: [grad_norm, ...tensorSums(layout, model.gradient)],
        step: tensorSums(
          layout,
          Float64Array.from(parameters, (value, i) => value - state.parameters[i]),
        ),
      });
    } finally {
      opened.close();
    }
  }

  estimate(shapes: readonly ModelShape[], capacity: ModelCapacity): MemoryNeed {
    return this.#memory.estimate(shapes, capacity);
  }

  estimateDecoder(shape: LlamaConfig, capacity: DecoderRequest): MemoryNeed {
    return this.#memory.estimateDecoder(shape, capacity);
  }

  async open<Name extends string>(
    states: Readonly<Record<Name, AgentState>>,
    capacity: ModelCapacity,
    { rules, progress, base }: OpenOptions,
  ): Promise<OpenedModels<Name> & { models: Record<Name, CpuModel> }> {
    const names = Object.keys(states) as Name[];
    const shapes = names.map((name) => shapeOf(states[name]));
    for (const name of names) {
      const { config, lora } = states[name];
      checkConfig(config);
      checkShape(states[name], config, lora);
      if (lora) checkBase(config, base);
    }
    const bytes = enough(this.estimate(shapes, capacity));
    const shared = new Map(
      shapes.map((shape) => {
        const { lora, ...config } = shape;
        const frozen = lora && base ? { lora: loraLayout(config, lora), parameters: base } : null;
        return [
          JSON.stringify(shape),
          {
            sessions: new Sessions(this.#runtime, config, rules, this.#session, frozen),
            gradient: new Float32Array(trainedSize(shape)),
          },
        ];
      }),
    );
    const all = [...shared.values()].map(({ sessions }) => sessions);
    const wanted = all.flatMap((sessions) =>
      (capacity.generation ? (['generate', 'score', 'policy'] as const) : (['crossEntropy'] as const)).map(
        (graph) => () => sessions.prepare(graph),
      ),
    );
    const close = this.#closing(() => Promise.all(all.map((sessions) => sessions.close())));
    try {
      progress?.(0, wanted.length);
      for (const [i, prepare] of wanted.entries()) {
        await this.#queue.run(prepare);
        progress?.(i + 1, wanted.length);
      }
    } catch (error) {
      close();
      throw error;
    }
    const models = recordOf(names, (name) => {
      const state = states[name];
      const options = { rules, tokensAtOnce: tokensAtOnce(capacity), slots: slotsOf(capacity), queue: this.#queue };
      return new CpuModel(state, { ...options, ...shared.get(JSON.stringify(shapeOf(state)))! });
    });
    return {
      ...{ models, bytes, close, provenance: this.provenance, trials: [] },
      meter: new CpuMeter(Object.values(models), all, byPurpose(shapes, bytes), () => this.#measureCopyBandwidth()),
      states: async () => {
        const saved = await Promise.all(names.map((name) => models[name].save()));
        return recordOf(names, (_, i) => saved[i]);
      },
    };
  }

  async openDecoder(
    model: Pick<AgentState, 'config' | 'parameters'>,
    capacity: DecoderRequest,
    { rules }: OpenOptions,
  ): Promise<OpenedDecoder> {
    const bytes = enough(this.estimateDecoder(model.config, capacity));
    const { slots = 1 } = capacity;
    const opened = await CpuDecoder.open(this.#runtime, model, { rules, slots, session: this.#session });
    const close = this.#closing(() => opened.dispose());
    const calls = new OneAtATime();
    const inTurn = <Result>(work: () => Promise<Result>) => calls.run(() => this.#queue.run(work));
    const decoder: OpenedDecoder['decoder'] = {
      next: (ids) => inTurn(() => opened.next(ids)),
      generate: (prompts, options) => inTurn(() => opened.generate(prompts, options)),
    };
    return { decoder, bytes, close, provenance: this.provenance };
  }

  /** Nothing is tuned. */
  forgetTuning(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    for (const close of this.#opened) close();
  }

  /** Closes something once, behind what is at work. */
  #closing(work: () => Promise<unknown>): () => void {
    const close = () => {
      if (!this.#opened.delete(close)) return;
      void this.#queue.run(work);
    };
    this.#opened.add(close);
    return close;
  }

  #measureCopyBandwidth(): number {
    if (this.#copyBandwidth !== null) return this.#copyBandwidth;
    const from = new Float32Array(2 ** 22);
    const to = new Float32Array(from.length);
    let fastest = Infinity;
    for (let i = 0; i < 3; i++) {
      const begun = performance.now();
      to.set(from);
      fastest = Math.min(fastest, performance.now() - begun);
    }
    return (this.#copyBandwidth = (2 * from.byteLength) / (fastest / 1000));
  }
}

/** Throws `UnsupportedModelError` where adapters have no base of their model's shape. */
function checkBase(config: LlamaConfig, base: Float32Array | undefined): void {
  if (base?.length === parameterLayout(config).size) return;
  throw new UnsupportedModelError('These adapters stand on another base. Open them with the model that they are for.');
}

/** Throws `MemoryError` where there is not enough. */
function enough(need: MemoryNeed): number {
  if ('refusal' in need) throw new MemoryError(need.refusal);
  return need.bytes;
}

/** Expected, since a runtime does not tell: what neither stands nor is learned belongs to a pass. */
function byPurpose(shapes: readonly ModelShape[], bytes: number): Record<Purpose, number> {
  const { parameters, optimizer, gradients } = standing(shapes);
  const activations = bytes - parameters - optimizer - gradients;
  return { parameters, optimizer, gradients, activations, 'key-value cache': 0, other: 0 };
}

function recordOf<Name extends string, Value>(names: readonly Name[], of: (name: Name, i: number) => Value) {
  return Object.fromEntries(names.map((name, i) => [name, of(name, i)])) as Record<Name, Value>;
}
