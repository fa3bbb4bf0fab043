import ort, { type InferenceSession, type OnnxValue, type TypedTensor } from 'onnxruntime-node';
import { writeOnnx, type OnnxPrecision } from '../../src/checkpoint/onnx';
import type { LlamaConfig } from '../../src/model/config';
import type { AgentState } from '../../src/model/state';
import { logSumExp } from './operations';
import { greedy } from './sampling';

/** A decoder written as ONNX, in ONNX Runtime on the CPU. */
export class OnnxDecoder {
  readonly session: InferenceSession;
  readonly config: LlamaConfig;
  readonly precision: OnnxPrecision;

  private constructor(session: InferenceSession, config: LlamaConfig, precision: OnnxPrecision) {
    this.session = session;
    this.config = config;
    this.precision = precision;
  }

  static async open(
    state: Pick<AgentState, 'config' | 'parameters'>,
    precision: OnnxPrecision = 'f32',
  ): Promise<OnnxDecoder> {
    const options = { executionProviders: ['cpu'], intraOpNumThreads: 1 };
    const session = await ort.InferenceSession.create(writeOnnx(state, { precision }), options);
    return new OnnxDecoder(session, state.config, precision);
  }

  /** A batch to read from its start. */
  batch(): OnnxBatch {
    return new OnnxBatch(this);
  }

  /** Greedy continuations; with `cache`, each token is read once, else everything anew for each new token. */
  async generate(
    prompts: readonly (readonly number[])[],
    newTokens: number,
    { cache }: { cache: boolean },
  ): Promise<{ ids: number[]; logprobs: number[]; margins: number[] }[]> {
    const rows = prompts.map((prompt) => ({ ids: [...prompt], logprobs: [] as number[], margins: [] as number[] }));
    let batch = this.batch();
    let unread = rows.map(({ ids }) => [...ids]);
    for (let n = 0; n < newTokens; n++) {
      const logits = await batch.read(unread);
      rows.forEach((row, i) => {
        const last = logits[i].at(-1)!;
        const { token, margin } = greedy(last);
        row.logprobs.push(last[token] - logSumExp(last));
        row.margins.push(margin);
        row.ids.push(token);
      });
      unread = rows.map(({ ids }) => (cache ? ids.slice(-1) : [...ids]));
      if (!cache) batch = this.batch();
    }
    return rows;
  }
}

/** Sequences that are read further and further, with a KV cache. */
export class OnnxBatch {
  readonly #decoder: OnnxDecoder;
  #mask: number[][] = [];
  #past: Record<string, OnnxValue> = {};

  constructor(decoder: OnnxDecoder) {
    this.#decoder = decoder;
  }

  /**
   * Reads further tokens of each sequence; unequal lengths are padded on the left, with tokens that are not to matter.
   * Returns each sequence's logits after each of its tokens.
   */
  async read(rows: readonly (readonly number[])[]): Promise<Float64Array[][]> {
    const { session, config } = this.#decoder;
    const length = Math.max(...rows.map((row) => row.length));
    const padding = rows.map((row) => length - row.length);
    const masks = rows.map((_, r) => [
      ...(this.#mask[r] ?? []),
      ...Array.from({ length }, (_, i) => (i < padding[r] ? 0 : 1)),
    ]);
    const ids = rows.map((row, r) => [...Array.from({ length: padding[r] }, (_, i) => (7 * i + r) % 11), ...row]);
    // As transformers counts them: from a sequence's first token on, and 1 at padding.
    const positions = masks.map((mask) => {
      let seen = 0;
      return mask.map((real) => (real ? seen++ : 1)).slice(-length);
    });
    const { logits, ...present } = await session.run({
      input_ids: int64(ids),
      attention_mask: int64(masks),
      position_ids: int64(positions),
      ...(this.#mask.length ? this.#past : this.#empty(rows.length)),
    });
    this.#mask = masks;
    this.#past = Object.fromEntries(
      Object.entries(present).map(([name, value]) => [name.replace('present', 'past_key_values'), value]),
    );
    const { data } = logits as TypedTensor<'float32'>;
    const at = (r: number, i: number) => config.vocab_size * (r * length + i);
    return rows.map((row, r) =>
      row.map((_, i) => Float64Array.from(data.subarray(at(r, padding[r] + i), at(r, padding[r] + i + 1)))),
    );
  }

  #empty(batch: number): Record<string, OnnxValue> {
    const { config, precision, session } = this.#decoder;
    const shape = [batch, config.num_key_value_heads, 0, config.head_dim];
    const names = session.inputNames.filter((name) => name.startsWith('past_key_values.'));
    const none = () =>
      precision === 'f16'
        ? new ort.Tensor('float16', new Uint16Array(), shape)
        : new ort.Tensor('float32', new Float32Array(), shape);
    return Object.fromEntries(names.map((name) => [name, none()]));
  }
}

function int64(rows: readonly (readonly number[])[]): OnnxValue {
  return new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0].length]);
}
