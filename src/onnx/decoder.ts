import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-web';
import type { LlamaConfig } from '../model/config';
import { BatchError, checkGeneration, checkIds, OneAtATime } from '../model/requests';
import { streamKey, uniformAt } from '../random/philox';
import { choose, probability } from '../random/sampling';
import type { TokenRules } from '../model/token-rules';
import type { Agent, Completion, GenerateOptions, TokenDecoder } from '../model/agent';

/** What is used of ONNX Runtime, whichever build of it: native, WebAssembly or WebGPU. */
export interface Runtime {
  InferenceSession: { create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession> };
  Tensor: TensorConstructor;
}

/** A file that is no decoder in the layout of `writeOnnx`, which Hugging Face Optimum's exports have too. */
export class OnnxLayoutError extends Error {
  override name = 'OnnxLayoutError';
}

type Cache = Record<string, Tensor>;

/** A sequence that is being continued. */
interface Row {
  ids: number[];
  logprobs: number[];
  probes: number[];
  ended: boolean;
}

/**
 * A decoder in ONNX Runtime that reads and continues sequences as the engine's do: with a KV cache, all sequences of a
 * generation as one batch, and with the very draws that the engine would make.
 */
export class OnnxDecoder implements TokenDecoder, Pick<Agent, 'generate'> {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  readonly #config: LlamaConfig;
  readonly #ends: ReadonlySet<number>;
  readonly #suppressed: ReadonlySet<number>;
  readonly #half: boolean;
  readonly #calls = new OneAtATime();
  /** The sequence that is read token by token. */
  #read: { ids: readonly number[]; reader: Reader } | null = null;

  private constructor(runtime: Runtime, session: InferenceSession, config: LlamaConfig, rules: TokenRules) {
    this.#runtime = runtime;
    this.#session = session;
    this.#config = config;
    this.#ends = new Set(rules.endTokens);
    this.#suppressed = new Set(rules.suppressTokens);
    const cache = session.inputMetadata.find(({ name }) => name.startsWith('past_key_values.'));
    this.#half = cache?.isTensor === true && cache.type === 'float16';
  }

  /** Throws `OnnxLayoutError`, or what the runtime throws at a file that it cannot open. */
  static async open(
    runtime: Runtime,
    model: Uint8Array,
    { config, rules }: { config: LlamaConfig; rules: TokenRules },
    options: InferenceSession.SessionOptions = {},
  ): Promise<OnnxDecoder> {
    const session = await runtime.InferenceSession.create(model, options);
    const lacking = ['input_ids', 'attention_mask', 'position_ids', 'past_key_values.0.key'].filter(
      (name) => !session.inputNames.includes(name),
    );
    if (lacking.length > 0 || !session.outputNames.includes('logits')) {
      await session.release();
      throw new OnnxLayoutError(
        `This ONNX file has no ${lacking[0] ?? 'logits'}. Choose a decoder with past key values, as Optimum exports it.`,
      );
    }
    return new OnnxDecoder(runtime, session, config, rules);
  }

  /** A cache can be cut only by copying, so what does not go on from the call before is read from its start. */
  async next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    checkIds([ids], this.#config);
    return await this.#calls.run(async () => {
      const { ids: before, reader } = this.#goingOn(ids) ?? { ids: [], reader: this.#reader(1) };
      this.#read = null;
      try {
        const [logits] = await reader.read([ids.slice(before.length)]);
        this.#read = { ids: [...ids], reader };
        return logits;
      } finally {
        if (!this.#read) reader.dispose();
      }
    });
  }

  /** What was read, where these ids go on from it; else lets go of it. */
  #goingOn(ids: readonly number[]) {
    const read = this.#read;
    if (read && read.ids.length < ids.length && read.ids.every((id, i) => id === ids[i])) return read;
    read?.reader.dispose();
    return null;
  }

  async generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    checkGeneration(prompts, options, this.#config);
    const longest = Math.max(...prompts.map((ids) => ids.length));
    const { max_position_embeddings: most } = this.#config;
    if (longest + options.maxNewTokens > most) {
      throw new BatchError(
        `A prompt of ${longest} tokens and ${options.maxNewTokens} new ones are more than the ${most} that the model reads. Shorten them.`,
      );
    }
    return await this.#calls.run(() => this.#continue(prompts, options));
  }

  async #continue(
    prompts: readonly (readonly number[])[],
    { maxNewTokens, temperature, draw, probes = [] }: GenerateOptions,
  ): Promise<Completion[]> {
    const rows = prompts.map((ids): Row => ({
      ...{ ids: [...ids], logprobs: [], ended: false },
      probes: probes.map(() => NaN),
    }));
    const key = streamKey(draw.seed, draw.stream);
    const reader = this.#reader(prompts.length);
    try {
      let unread: (readonly number[])[] = [...prompts];
      for (let made = 0; made < maxNewTokens && rows.some(({ ended }) => !ended); made++) {
        const logits = await reader.read(unread);
        unread = rows.map((row, r) => {
          // What stands behind an end is nobody's, but the batch stays one.
          const last = row.ids[row.ids.length - 1];
          if (row.ended) return [last];
          probes.forEach(({ after, token }, i) => {
            if (after === last) row.probes[i] = probability(logits[r], token);
          });
          const u = uniformAt(key, [draw.step, draw.rollouts[r], draw.phase, made]);
          const { token, logprob } = choose(logits[r], temperature, u, this.#suppressed);
          row.ids.push(token);
          row.logprobs.push(logprob);
          row.ended = this.#ends.has(token);
          return [token];
        });
      }
    } finally {
      reader.dispose();
    }
    return rows.map(({ ids, logprobs, probes: probed }) => ({ ids, logprobs, probes: probed }));
  }

  async dispose(): Promise<void> {
    this.#read?.reader.dispose();
    this.#read = null;
    await this.#session.release();
  }

  #reader(batch: number): Reader {
    return new Reader(this.#runtime, this.#session, () => this.#empty(batch));
  }

  #empty(batch: number): Cache {
    const { Tensor } = this.#runtime;
    const { num_key_value_heads, head_dim } = this.#config;
    const shape = [batch, num_key_value_heads, 0, head_dim];
    const names = this.#session.inputNames.filter((name) => name.startsWith('past_key_values.'));
    const none = () =>
      this.#half ? new Tensor('float16', new Uint16Array(), shape) : new Tensor('float32', new Float32Array(), shape);
    return Object.fromEntries(names.map((name) => [name, none()]));
  }
}

/** Sequences that are read further and further. */
class Reader {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  readonly #empty: () => Cache;
  #cache: Cache | null = null;
  #masks: number[][] = [];

  constructor(runtime: Runtime, session: InferenceSession, empty: () => Cache) {
    this.#runtime = runtime;
    this.#session = session;
    this.#empty = empty;
  }

  /** Reads further tokens of each sequence and gives the logits after its last; shorter ones are padded on the left. */
  async read(unread: readonly (readonly number[])[]): Promise<Float32Array<ArrayBuffer>[]> {
    const length = Math.max(...unread.map((ids) => ids.length));
    const padding = unread.map((ids) => length - ids.length);
    this.#masks = unread.map((ids, r) => [
      ...(this.#masks[r] ?? []),
      ...new Array<number>(padding[r]).fill(0),
      ...ids.map(() => 1),
    ]);
    this.#cache ??= this.#empty();
    const { logits, ...present } = (await this.#session.run({
      input_ids: this.#integers(unread.map((ids, r) => [...new Array<number>(padding[r]).fill(0), ...ids])),
      attention_mask: this.#integers(this.#masks),
      position_ids: this.#integers(this.#masks.map((mask) => positions(mask).slice(-length))),
      ...this.#cache,
    })) as Record<string, Tensor>;
    this.dispose();
    this.#cache = Object.fromEntries(
      Object.entries(present).map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
    );
    const [, , vocabulary] = logits.dims;
    const data = logits.data as Float32Array;
    return unread.map((_, r) => data.slice(((r + 1) * length - 1) * vocabulary, (r + 1) * length * vocabulary));
  }

  /** Tensors on a GPU are freed by nobody else. */
  dispose(): void {
    for (const tensor of Object.values(this.#cache ?? {})) tensor.dispose();
    this.#cache = null;
  }

  #integers(rows: readonly (readonly number[])[]): Tensor {
    return new this.#runtime.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0].length]);
  }
}

/** As transformers counts them: from a sequence's first token on, and 1 at padding. */
function positions(mask: readonly number[]): number[] {
  let seen = 0;
  return mask.map((real) => (real ? seen++ : 1));
}
