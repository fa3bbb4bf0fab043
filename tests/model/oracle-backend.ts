import type { Backend, OpenedDecoder, OpenedModels, OpenOptions, SelfCheck } from '../../src/model/backend';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { mebibytes, type MemoryNeed } from '../../src/model/memory';
import type { Meter, Reading } from '../../src/model/meter';
import type { DecoderRequest, ModelCapacity } from '../../src/model/capacity';
import { startingState, type AgentState } from '../../src/model/state';
import { compareNumbers, problem, tensorSums } from '../../src/model/self-check';
import { superviseGradient, oracleState } from '../oracle/agent';
import { OracleModel } from './oracle-model';

/** Models would take more memory than there is. */
export class OracleMemoryError extends Error {
  override name = 'OracleMemoryError';
}

/** Of doubles. */
const BYTES = 8;

/** A backend without a GPU: the double-precision decoder that the tests compare others with. */
export class OracleBackend implements Backend {
  readonly name = 'oracle';
  readonly adapter = { description: 'double precision', vendor: '', architecture: '', software: true, features: [] };
  readonly provenance = { adapter: 'double precision', build: 'test', variants: {} };
  // Nothing takes a processor away.
  readonly lost = new Promise<never>(() => undefined);
  /** Bytes that all models together may take. */
  readonly mostBytes: number;
  /** Bytes of what is open. */
  bytes = 0;

  constructor(mostBytes = Infinity) {
    this.mostBytes = mostBytes;
  }

  async selfCheck(): Promise<SelfCheck> {
    const { state, examples, options } = problem();
    const layout = parameterLayout(state.config);
    const model = new OracleModel(state, { endTokens: [0] });
    const scores = await model.score(examples.map(({ ids }) => ids));
    const { gradient } = superviseGradient(oracleState(state), examples);
    const { grad_norm } = await model.supervise(examples, options);
    const { parameters } = await model.save();
    return compareNumbers({
      logprobs: scores.flatMap(({ logprobs }) => logprobs),
      gradient: [grad_norm, ...tensorSums(layout, gradient)],
      step: tensorSums(
        layout,
        Float64Array.from(parameters, (value, i) => value - state.parameters[i]),
      ),
    });
  }

  estimate(shapes: readonly LlamaConfig[], { length, training, advice }: ModelCapacity): MemoryNeed {
    // Parameters, both moments and the reference; the gradient, and the largest trace.
    const fixed = shapes.reduce((sum, shape) => sum + 5 * BYTES * parameterLayout(shape).size, 0);
    const perToken = Math.max(...shapes.map(traceBytes));
    const tokens = Math.max(length, training.microBatchTokens ?? training.tokens);
    return this.#need(fixed, perToken, tokens, advice);
  }

  estimateDecoder(shape: LlamaConfig, { length, advice }: DecoderRequest): MemoryNeed {
    return this.#need(BYTES * parameterLayout(shape).size, traceBytes(shape), length, advice);
  }

  open<Name extends string>(
    states: Readonly<Record<Name, AgentState>>,
    room: ModelCapacity,
    { rules, progress }: OpenOptions,
  ): Promise<OpenedModels<Name>> {
    const names = Object.keys(states) as Name[];
    const bytes = this.#take(
      this.estimate(
        names.map((name) => states[name].config),
        room,
      ),
    );
    progress?.(0, 0);
    const models = recordOf(names, (name) => new OracleModel(states[name], rules));
    return Promise.resolve({
      ...{ models, bytes, provenance: this.provenance, trials: [] },
      meter: new OracleMeter(Object.values(models), bytes),
      states: async () => {
        const saved = await Promise.all(names.map((name) => models[name].save()));
        return recordOf(names, (_, i) => saved[i]);
      },
      close: () => (this.bytes -= bytes),
    });
  }

  openDecoder(
    { config, parameters }: Pick<AgentState, 'config' | 'parameters'>,
    room: DecoderRequest,
    { rules }: OpenOptions,
  ): Promise<OpenedDecoder> {
    const bytes = this.#take(this.estimateDecoder(config, room));
    const decoder = new OracleModel(startingState(config, parameters), rules);
    return Promise.resolve({ decoder, bytes, provenance: this.provenance, close: () => (this.bytes -= bytes) });
  }

  forgetTuning(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.bytes = 0;
  }

  #need(fixed: number, perToken: number, tokens: number, advice: (tokens: number) => string): MemoryNeed {
    const bytes = fixed + perToken * tokens;
    if (bytes <= this.mostBytes) return { bytes };
    const most = Math.floor((this.mostBytes - fixed) / perToken);
    const fits = most > 0 ? advice(most) : 'Choose smaller models.';
    return { refusal: `This needs ${mebibytes(bytes)}, and there are ${mebibytes(this.mostBytes)}. ${fits}` };
  }

  #take(need: MemoryNeed): number {
    if ('refusal' in need) throw new OracleMemoryError(need.refusal);
    this.bytes += need.bytes;
    return need.bytes;
  }
}

/** What a trace keeps of a token. */
function traceBytes({ vocab_size, num_hidden_layers, hidden_size, intermediate_size }: LlamaConfig): number {
  return BYTES * (vocab_size + num_hidden_layers * (6 * hidden_size + 3 * intermediate_size));
}

/** Counts tokens alone: this backend has nothing to submit. */
class OracleMeter implements Meter {
  readonly #models: readonly OracleModel[];
  readonly #bytes: number;
  #phases: Reading['phases'] = {};

  constructor(models: readonly OracleModel[], bytes: number) {
    this.#models = models;
    this.#bytes = bytes;
  }

  enter(phase: string): void {
    this.#phases[phase] ??= { host: 0, gpu: null, dispatches: 0, submits: 0 };
  }

  async measure<Result>(work: () => Promise<Result>): Promise<{ result: Result; reading: Reading }> {
    this.#phases = {};
    const before = this.#flops();
    const result = await work();
    const none = { parameters: 0, optimizer: 0, gradients: 0, activations: 0, 'key-value cache': 0 };
    const reading: Reading = {
      phases: this.#phases,
      counts: {
        ...{ dispatches: 0, submits: 0, splits: 0, readbacks: 0 },
        ...{ bytesWritten: 0, bytesRead: 0, buffers: 0, bindGroups: 0 },
      },
      ...{ memory: { ...none, other: this.#bytes }, peakBytes: this.#bytes },
      ...{ flops: this.#flops() - before, updateBytes: 0, copyBandwidth: Infinity },
    };
    return { result, reading };
  }

  /** Of forward passes. */
  #flops(): number {
    return this.#models.reduce((sum, { config, read }) => sum + 2 * parameterLayout(config).count * read, 0);
  }
}

function recordOf<Name extends string, Value>(names: readonly Name[], of: (name: Name, i: number) => Value) {
  return Object.fromEntries(names.map((name, i) => [name, of(name, i)])) as Record<Name, Value>;
}
