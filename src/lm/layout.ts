import type { LlamaConfig } from '../model/config';
import { parameterLayout, type Group, type LayerLayout, type ParameterLayout } from '../model/layout';

/** The part of a flat buffer that holds a group of tensors. */
export const slice = (buffer: GPUBuffer, group: Group): GPUBufferBinding => ({
  buffer,
  offset: 4 * group.offset,
  size: 4 * group.size,
});

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

/** Floats in the largest part of the flat buffer that is summed at once. */
export function largestSum({ head, layers }: ParameterLayout): number {
  const summed = [head, ...layers.flatMap((layer) => Object.values(summedTogether(layer)))];
  return Math.max(...summed.map(({ size }) => size));
}

/** Bindings start at multiples of 256 bytes on every adapter: so many numbers of two bytes. */
const TRANSPOSED_ALIGN = 128;

/** Bytes of a number that products read. */
export const productBytes = (half: boolean) => (half ? 2 : 4);

/** A matrix and where its transpose stands. */
export interface TransposedPlace {
  matrix: Group;
  inputs: number;
  outputs: number;
  /** The norm before it, whose weight is in the transpose. */
  norm?: Group | undefined;
  /** Numbers from one input of the transpose to the next. */
  stride: number;
  /** Of the transpose [inputs, stride], and of the matrix as it is [outputs, inputs], in numbers of the products. */
  to: number;
  copy: number;
}

/**
 * Where every matrix stands in the transposed weights: the head, then layer by layer, all layers alike. Behind `size` numbers
 * of transposes the matrices stand as they are, up to `withCopies`, where somebody needs them.
 */
export function transposedLayout(config: LlamaConfig): {
  matrices: TransposedPlace[];
  size: number;
  withCopies: number;
} {
  const layout = parameterLayout(config);
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const matrices: [matrix: Group, inputs: number, norm?: Group][] = [[layout.head, hidden, layout.norm]];
  for (const { qkv, input_layernorm, o_proj, gate_up, post_attention_layernorm, down_proj } of layout.layers) {
    matrices.push([qkv, hidden, input_layernorm], [o_proj, hidden]);
    matrices.push([gate_up, hidden, post_attention_layernorm], [down_proj, inner]);
  }
  let end = 0;
  const place = (count: number) => {
    const at = end;
    end += Math.ceil(count / TRANSPOSED_ALIGN) * TRANSPOSED_ALIGN;
    return at;
  };
  const transposes = matrices.map(([matrix, inputs, norm]) => {
    const outputs = matrix.size / inputs;
    const stride = paddedOutputs(outputs);
    return { matrix, inputs, norm, outputs, stride, to: place(inputs * stride) };
  });
  const size = end;
  const places = transposes.map((one) => ({ ...one, copy: place(one.matrix.size) }));
  return { matrices: places, size, withCopies: end };
}
