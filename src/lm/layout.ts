import type { LlamaConfig } from '../model/config';

/** One tensor's place in the flat parameter buffer. Offsets and sizes in floats. */
export interface TensorPlace {
  name: string;
  shape: number[];
  offset: number;
  size: number;
}

/** A run of tensors without gaps that one kernel reads as a single matrix; starts where a binding may start. */
export interface Group {
  offset: number;
  size: number;
}

/** The part of a flat buffer that holds a group of tensors. */
export const slice = (buffer: GPUBuffer, group: Group): GPUBufferBinding => ({
  buffer,
  offset: 4 * group.offset,
  size: 4 * group.size,
});

export interface LayerLayout {
  input_layernorm: Group;
  /** q_proj, k_proj, v_proj as one [q + 2·kv, hidden] matrix. */
  qkv: Group;
  o_proj: Group;
  post_attention_layernorm: Group;
  /** gate_proj, up_proj as one [2·intermediate, hidden] matrix. */
  gate_up: Group;
  down_proj: Group;
}

/**
 * Where every tensor stands in the one flat buffer that parameters, gradients and both Adam moments share.
 * Names are Hugging Face Llama's; weights are [out, in] as there.
 */
export interface ParameterLayout {
  tensors: TensorPlace[];
  embed: Group;
  layers: LayerLayout[];
  norm: Group;
  /** The embedding itself when tied. */
  head: Group;
  /** Floats in the buffer, gaps included, and in its largest part that is summed at once (`summedTogether`). */
  size: number;
  largestSum: number;
  /** Parameters, gaps left out. */
  count: number;
}

/** Bindings start at multiples of 256 bytes on every adapter. */
const ALIGN = 64;

export function parameterLayout(config: LlamaConfig): ParameterLayout {
  const { hidden_size: hidden, intermediate_size: inner, vocab_size, num_key_value_heads, head_dim } = config;
  const kv = num_key_value_heads * head_dim;
  const tensors: TensorPlace[] = [];
  let end = 0;
  let count = 0;
  const group = (...parts: [name: string, ...shape: number[]][]): Group => {
    const offset = Math.ceil(end / ALIGN) * ALIGN;
    end = offset;
    for (const [name, ...shape] of parts) {
      const size = shape.reduce((a, b) => a * b);
      tensors.push({ name, shape, offset: end, size });
      end += size;
      count += size;
    }
    return { offset, size: end - offset };
  };
  const embed = group(['model.embed_tokens.weight', vocab_size, hidden]);
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i): LayerLayout => {
    const at = `model.layers.${i}`;
    return {
      input_layernorm: group([`${at}.input_layernorm.weight`, hidden]),
      qkv: group(
        [`${at}.self_attn.q_proj.weight`, hidden, hidden],
        [`${at}.self_attn.k_proj.weight`, kv, hidden],
        [`${at}.self_attn.v_proj.weight`, kv, hidden],
      ),
      o_proj: group([`${at}.self_attn.o_proj.weight`, hidden, hidden]),
      post_attention_layernorm: group([`${at}.post_attention_layernorm.weight`, hidden]),
      gate_up: group([`${at}.mlp.gate_proj.weight`, inner, hidden], [`${at}.mlp.up_proj.weight`, inner, hidden]),
      down_proj: group([`${at}.mlp.down_proj.weight`, hidden, inner]),
    };
  });
  const norm = group(['model.norm.weight', hidden]);
  const head = config.tie_word_embeddings ? embed : group(['lm_head.weight', vocab_size, hidden]);
  const summed = [head, ...layers.flatMap((layer) => Object.values(summedTogether(layer)))];
  const largestSum = Math.max(...summed.map((region) => region.size));
  return { tensors, embed, layers, norm, head, size: Math.ceil(end / ALIGN) * ALIGN, largestSum, count };
}

/** Matrices of a layer. */
export type LayerMatrix = 'qkv' | 'o_proj' | 'gate_up' | 'down_proj';
/** Matrices that products multiply with. */
export type MatrixName = LayerMatrix | 'head';

/** [outputs, inputs] of each matrix; all layers are alike. */
export function matrixShapes(config: LlamaConfig): Record<MatrixName, readonly [outputs: number, inputs: number]> {
  const { hidden_size: hidden, intermediate_size: inner, num_key_value_heads, head_dim, vocab_size } = config;
  return {
    qkv: [hidden + 2 * num_key_value_heads * head_dim, hidden],
    o_proj: [hidden, hidden],
    gate_up: [2 * inner, hidden],
    down_proj: [hidden, inner],
    head: [vocab_size, hidden],
  };
}

/** Floats from one input of a transposed matrix, or one place's logits, to the next: whole vec4s. */
export const paddedOutputs = (outputs: number) => Math.ceil(outputs / 4) * 4;

/** Floats from one place's gradient of the logits to the next: the vocabulary, padded to whole vec4s. */
export const logitStride = (config: LlamaConfig) => paddedOutputs(config.vocab_size);

/**
 * The part of the flat buffer whose partial gradients one dispatch sums, for each matrix of a layer: both matrices of a
 * block if no gap is between them, else the matrix alone.
 */
export function summedTogether(layer: LayerLayout): Record<LayerMatrix, Group> {
  const both = (first: Group, second: Group): [Group, Group] => {
    if (first.offset + first.size !== second.offset) return [first, second];
    const region = { offset: first.offset, size: first.size + second.size };
    return [region, region];
  };
  const [qkv, o_proj] = both(layer.qkv, layer.o_proj);
  const [gate_up, down_proj] = both(layer.gate_up, layer.down_proj);
  return { qkv, o_proj, gate_up, down_proj };
}

/** The same in numbers of two bytes. */
const TRANSPOSED_ALIGN = 128;

/**
 * Where every matrix stands in the transposed weights (weights.ts): the head, then layer by layer, all layers alike. `to` is
 * the place of the transpose [inputs, stride]. In half precision `copy` is the place of the matrix as it is. Both count
 * numbers of that precision.
 */
export function transposedLayout(config: LlamaConfig, half: boolean) {
  const layout = parameterLayout(config);
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const matrices: [matrix: Group, inputs: number, norm?: Group][] = [[layout.head, hidden, layout.norm]];
  for (const { qkv, input_layernorm, o_proj, gate_up, post_attention_layernorm, down_proj } of layout.layers) {
    matrices.push([qkv, hidden, input_layernorm], [o_proj, hidden]);
    matrices.push([gate_up, hidden, post_attention_layernorm], [down_proj, inner]);
  }
  let size = 0;
  const place = (count: number) => {
    const at = size;
    size += Math.ceil(count / TRANSPOSED_ALIGN) * TRANSPOSED_ALIGN;
    return at;
  };
  const places = matrices.map(([matrix, inputs, norm]) => {
    const outputs = matrix.size / inputs;
    const stride = paddedOutputs(outputs);
    return { matrix, inputs, norm, outputs, stride, to: place(inputs * stride), copy: half ? place(matrix.size) : 0 };
  });
  return { matrices: places, size };
}
