import type { LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import { rotationAngles } from '../model/rope';
import type { AgentState } from '../model/state';
import { floatToHalf } from './half';
import { allFinite } from './numbers';
import { OnnxError, OnnxGraph } from './onnx-graph';
import { NotFiniteError } from './safetensors';

/** Of weights, arithmetic and KV cache; the logits are f32 either way. */
export type OnnxPrecision = 'f32' | 'f16';

/**
 * A decoder as one ONNX file, weights inside, for ONNX Runtime and transformers.js. Names and shapes are those that
 * Hugging Face Optimum exports for `text-generation-with-past`:
 *
 * - `input_ids`, `position_ids`: i64 [batch_size, sequence_length];
 * - `attention_mask`: i64 [batch_size, total_sequence_length], 0 at padding, which may stand on the left;
 * - `past_key_values.{i}.key` and `.value`: [batch_size, num_key_value_heads, past_sequence_length, head_dim], at first
 *   of length 0;
 * - out come `logits`, f32 [batch_size, sequence_length, vocab_size], and `present.{i}.key` and `.value`, [batch_size,
 *   num_key_value_heads, total_sequence_length, head_dim]: the past, and what was read behind it.
 *
 * Positions end at `max_position_embeddings`. In f16 norms and softmax still sum in f32; products sum as the runtime
 * does: in f32 on ONNX Runtime's CPU, in f16 on its WebGPU.
 *
 * Throws `NotFiniteError` for a NaN or an infinity, `OnnxError` for what f16 or an ONNX file cannot hold.
 */
export function writeOnnx(
  { config, parameters }: Pick<AgentState, 'config' | 'parameters'>,
  { precision }: { precision: OnnxPrecision },
): Uint8Array<ArrayBuffer> {
  return new Decoder(config, parameters, precision).encode();
}

type Values = Float32Array<ArrayBuffer>;

/** A weight; matrices are [out, in]. */
interface Weight {
  shape: readonly number[];
  data: Values;
}

/** f32's least number, as transformers masks with: a row that may look nowhere stays free of NaN, unlike with −∞. */
const LEAST = -3.4028234663852886e38;

/**
 * The graph of a decoder. Wherever there are several ways, it has the one with the fewest kernels on ONNX Runtime's
 * WebGPU: that has RMSNormalization and RotaryEmbedding but (1.30) not Attention, and fuses Sigmoid and Mul.
 */
class Decoder {
  readonly #graph = new OnnxGraph('LlamaForCausalLM');
  readonly #config: LlamaConfig;
  readonly #precision: OnnxPrecision;
  readonly #weights: ReadonlyMap<string, Weight>;

  constructor(config: LlamaConfig, parameters: Values, precision: OnnxPrecision) {
    this.#config = config;
    this.#precision = precision;
    this.#weights = new Map(
      parameterLayout(config).tensors.map(({ name, shape, offset, size }) => {
        return [name, { shape, data: parameters.subarray(offset, offset + size) }];
      }),
    );
  }

  encode(): Uint8Array<ArrayBuffer> {
    const graph = this.#graph;
    const { num_hidden_layers, tie_word_embeddings, vocab_size } = this.#config;
    graph.input('input_ids', 'i64', ['batch_size', 'sequence_length']);
    graph.input('attention_mask', 'i64', ['batch_size', 'total_sequence_length']);
    graph.input('position_ids', 'i64', ['batch_size', 'sequence_length']);
    graph.output('logits', 'f32', ['batch_size', 'sequence_length', vocab_size]);
    this.#addMask();
    this.#addRotation();
    this.#addShapes();

    const embedding = this.#tensor('model.embed_tokens.weight', this.#weight('model.embed_tokens'));
    let x = graph.node('Gather', '/model/embed_tokens', [embedding, 'input_ids']);
    for (let layer = 0; layer < num_hidden_layers; layer++) x = this.#layer(layer, x);
    x = this.#norm('model.norm', x);
    // A session folds constants when it opens: the tied head is turned then, and stands in the file once.
    const head = tie_word_embeddings
      ? graph.node('Transpose', '/lm_head/weight', [embedding], { perm: [1, 0] })
      : this.#matrix('lm_head.weight', [this.#weight('lm_head')]);
    if (this.#precision === 'f32') graph.node('MatMul', 'logits', [x, head]);
    else graph.cast('logits', graph.node('MatMul', '/lm_head', [x, head]), 'f32');
    return graph.encode();
  }

  #layer(index: number, x: string): string {
    const graph = this.#graph;
    const at = `model.layers.${index}`;
    const name = (part: string) => `/${at}/${part}`;
    const mlp = (part: string) => this.#weight(`${at}.mlp.${part}`);

    const attended = this.#attention(index, this.#norm(`${at}.input_layernorm`, x));
    const middle = graph.node('Add', name('middle'), [x, attended]);
    const normed = this.#norm(`${at}.post_attention_layernorm`, middle);
    const gateUp = this.#linear(`${at}.mlp.gate_up_proj`, normed, [mlp('gate_proj'), mlp('up_proj')]);
    const halves = { axis: -1, num_outputs: 2 };
    const [gate, up] = graph.nodes('Split', [name('mlp/gate'), name('mlp/up')], [gateUp], halves);
    const sigmoid = graph.node('Sigmoid', name('mlp/sigmoid'), [gate]);
    const silu = graph.node('Mul', name('mlp/silu'), [gate, sigmoid]);
    const activated = graph.node('Mul', name('mlp/activated'), [silu, up]);
    const down = this.#linear(`${at}.mlp.down_proj`, activated, [mlp('down_proj')]);
    return graph.node('Add', name('output'), [middle, down]);
  }

  /** [batch, seq, hidden] → the same. */
  #attention(index: number, x: string): string {
    const graph = this.#graph;
    const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = this.#config;
    const at = `model.layers.${index}.self_attn`;
    const name = (part: string) => `/${at}/${part}`;
    const weight = (part: string) => this.#weight(`${at}.${part}`);
    const reshape = (part: string, input: string, shape: string) =>
      graph.node('Reshape', name(part), [input, `shape.${shape}`]);
    const rotate = (part: string, input: string) =>
      graph.node('RotaryEmbedding', name(part), [input, 'rotary.cos', 'rotary.sin', 'position_ids']);

    // The scores' 1/√head_dim is in q_proj: one kernel less, and RoPE does not mind.
    const projections = [scaled(weight('q_proj'), head_dim ** -0.5), weight('k_proj'), weight('v_proj')];
    const byToken = reshape('qkv', this.#linear(`${at}.qkv_proj`, x, projections), 'qkv');
    const byHead = graph.node('Transpose', name('qkv_by_head'), [byToken], { perm: [0, 2, 1, 3] });
    const parts = [name('q'), name('k'), name('v')];
    const [q, k, v] = graph.nodes('Split', parts, [byHead, 'shape.heads'], { axis: 1 });
    const rotated = rotate('q_rotary', q);
    const keys = this.#cache(`${index}.key`, rotate('k_rotary', k));
    const values = this.#cache(`${index}.value`, v);
    const turned = graph.node('Transpose', name('keys_turned'), [keys], { perm: [0, 1, 3, 2] });

    // Query heads that share a key head are rows of one product, [batch, kv, heads / kv · seq, …]: no key is repeated.
    const grouped = heads > kvHeads;
    const queries = grouped ? reshape('q_grouped', rotated, 'grouped_queries') : rotated;
    const products = graph.node('MatMul', name('products'), [queries, turned]);
    const scores = grouped ? reshape('scores', products, 'scores') : products;
    const softmax = this.#softmax(name, scores);
    const probabilities = grouped ? reshape('softmax_grouped', softmax, 'grouped_scores') : softmax;
    const mixed = graph.node('MatMul', name('mixed'), [probabilities, values]);
    const mixedByHead = grouped ? reshape('mixed_by_head', mixed, 'mixed') : mixed;
    const mixedByToken = graph.node('Transpose', name('mixed_by_token'), [mixedByHead], { perm: [0, 2, 1, 3] });
    return this.#linear(`${at}.o_proj`, reshape('attended', mixedByToken, 'hidden'), [weight('o_proj')]);
  }

  /** Of the masked scores [batch, heads, seq, total], over the last axis. */
  #softmax(name: (part: string) => string, scores: string): string {
    const graph = this.#graph;
    const half = this.#precision === 'f16';
    const wide = half ? graph.cast(name('scores_f32'), scores, 'f32') : scores;
    const masked = graph.node('Add', name('masked'), [wide, 'mask']);
    const softmax = graph.node('Softmax', name('softmax'), [masked], { axis: -1 });
    return half ? graph.cast(name('softmax_f16'), softmax, 'f16') : softmax;
  }

  /** Puts new keys or values [batch, kv, seq, head_dim] behind the past ones. */
  #cache(part: string, fresh: string): string {
    const { num_key_value_heads, head_dim } = this.#config;
    const shape = (length: string) => ['batch_size', num_key_value_heads, length, head_dim];
    const past = this.#graph.input(`past_key_values.${part}`, this.#precision, shape('past_sequence_length'));
    this.#graph.output(`present.${part}`, this.#precision, shape('total_sequence_length'));
    return this.#graph.node('Concat', `present.${part}`, [past, fresh], { axis: 2 });
  }

  #norm(module: string, x: string): string {
    const weight = this.#tensor(`${module}.weight`, this.#weight(module));
    const epsilon = { float: this.#config.rms_norm_eps };
    return this.#graph.node('RMSNormalization', `/${module}`, [x, weight], { axis: -1, epsilon });
  }

  /** x [batch, seq, in] through matrices of the same inputs at once → [batch, seq, sum of out]. */
  #linear(module: string, x: string, weights: readonly Weight[]): string {
    return this.#graph.node('MatMul', `/${module}`, [x, this.#matrix(`${module}.weight`, weights)]);
  }

  /**
   * `mask`, f32 [batch_size, 1, sequence_length, total_sequence_length]: 0 where a token may look, else f32's least
   * number. Its integers stay on the CPU under WebGPU, and nothing goes back there.
   */
  #addMask(): void {
    const graph = this.#graph;
    const length = (name: string, input: string) => {
      const size = graph.node('Shape', `/mask/${name}_shape`, [input], { start: 1, end: 2 });
      return graph.node('Squeeze', `/mask/${name}`, [size]);
    };
    const scalar = (name: string, value: number) => graph.constant(name, 'f32', [], bytesOf(Float32Array.of(value)));
    const zero = graph.integers('mask.zero', [], [0]);
    const one = graph.integers('mask.one', [], [1]);
    const total = length('total', 'attention_mask');
    const past = graph.node('Sub', '/mask/past', [total, length('sequence', 'input_ids')]);
    const keys = graph.node('Range', '/mask/keys', [zero, total, one]);
    const queries = graph.node('Range', '/mask/queries', [past, total, one]);
    const rows = graph.node('Unsqueeze', '/mask/rows', [queries, graph.integers('mask.row_axes', [1], [1])]);
    const causal = graph.node('LessOrEqual', '/mask/causal', [keys, rows]);
    const real = graph.cast('/mask/real', 'attention_mask', 'bool');
    const columns = graph.node('Unsqueeze', '/mask/columns', [real, graph.integers('mask.column_axes', [2], [1, 2])]);
    const open = graph.node('And', '/mask/open', [causal, columns]);
    graph.node('Where', 'mask', [open, scalar('mask.zero_f32', 0), scalar('mask.least', LEAST)]);
  }

  /** RoPE's tables [max_position_embeddings, head_dim / 2], computed in double precision. */
  #addRotation(): void {
    const { max_position_embeddings: positions, head_dim } = this.#config;
    const angles = rotationAngles(this.#config, positions);
    const shape = [positions, head_dim / 2];
    this.#tensor('rotary.cos', { shape, data: Float32Array.from(angles, Math.cos) });
    this.#tensor('rotary.sin', { shape, data: Float32Array.from(angles, Math.sin) });
  }

  /** What attention reshapes to. 0 keeps the dimension in its place, −1 takes what is left. */
  #addShapes(): void {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim, hidden_size } = this.#config;
    const shape = (name: string, sizes: number[]) => this.#graph.integers(`shape.${name}`, [sizes.length], sizes);
    shape('qkv', [0, 0, heads + 2 * kvHeads, head_dim]);
    shape('heads', [heads, kvHeads, kvHeads]);
    shape('hidden', [0, 0, hidden_size]);
    if (heads === kvHeads) return;
    shape('grouped_queries', [0, kvHeads, -1, head_dim]);
    shape('scores', [0, heads, -1, 0]);
    shape('grouped_scores', [0, kvHeads, -1, 0]);
    shape('mixed', [0, heads, -1, head_dim]);
  }

  #weight(module: string): Weight {
    return this.#weights.get(`${module}.weight`)!;
  }

  /** Matrices side by side and turned, [in, sum of out], as MatMul wants them. */
  #matrix(name: string, weights: readonly Weight[]): string {
    const inner = weights[0].shape[1];
    const columns = weights.reduce((sum, { shape }) => sum + shape[0], 0);
    const data = new Float32Array(inner * columns);
    let start = 0;
    for (const { shape, data: rows } of weights) {
      for (let o = 0; o < shape[0]; o++) {
        for (let i = 0; i < inner; i++) data[i * columns + start + o] = rows[o * inner + i];
      }
      start += shape[0];
    }
    return this.#tensor(name, { shape: [inner, columns], data });
  }

  /** Adds a constant in the model's precision. */
  #tensor(name: string, { shape, data }: Weight): string {
    if (!allFinite(data)) {
      throw new NotFiniteError(
        `Cannot write "${name}": it holds a NaN or an infinity. Go on from an earlier checkpoint.`,
      );
    }
    if (this.#precision === 'f32') return this.#graph.constant(name, 'f32', shape, bytesOf(data));
    const halves = Uint16Array.from(data, floatToHalf);
    if (halves.some((bits) => (bits & 0x7fff) === 0x7c00)) {
      throw new OnnxError(`Cannot write "${name}": f16 ends at 65504, and it goes beyond. Export in f32.`);
    }
    return this.#graph.constant(name, 'f16', shape, bytesOf(halves));
  }
}

function scaled({ shape, data }: Weight, factor: number): Weight {
  return { shape, data: data.map((value) => factor * value) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Values | Uint16Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
