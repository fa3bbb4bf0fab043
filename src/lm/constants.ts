import { constant, table, type Allocated } from '../gpu/buffer-spec';
import { linearShape, normedMatrix, rmsShape, weightShape } from '../gpu/structs';
import type { LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import { rotationAngles } from '../model/rope';
import { matrixShapes, paddedOutputs, summedTogether, type MatrixName } from './layout';

/** RoPE's table [position, 2, head_dim / 2]: cosines, then sines, computed in double precision. */
export function rotationTable(config: LlamaConfig): Float32Array<ArrayBuffer> {
  const { head_dim, max_position_embeddings: positions } = config;
  const half = head_dim / 2;
  const table = new Float32Array(positions * head_dim);
  rotationAngles(config, positions).forEach((angle, at) => {
    const to = Math.floor(at / half) * head_dim + (at % half);
    table[to] = Math.cos(angle);
    table[to + half] = Math.sin(angle);
  });
  return table;
}

/** Constants of every forward pass of one shape; `length` is that of the longest sequence. */
export function forwardConstants(config: LlamaConfig, length = config.max_position_embeddings) {
  const { hidden_size: features, rms_norm_eps: epsilon, head_dim } = config;
  const shapes = matrixShapes(config);
  const linear = (name: MatrixName) => {
    const [outputs, inner] = shapes[name];
    const byRows = name === 'head' ? 1 : 0;
    return constant('shape', linearShape.pack({ inner, outputs, stride: paddedOutputs(outputs), byRows }));
  };
  return {
    rotation: table('rotation', length * head_dim, () => rotationTable({ ...config, max_position_embeddings: length })),
    norm: constant('shape', rmsShape.pack({ features, byRows: 0, epsilon })),
    lastNorm: constant('shape', rmsShape.pack({ features, byRows: 1, epsilon })),
    qkv: linear('qkv'),
    o_proj: linear('o_proj'),
    gate_up: linear('gate_up'),
    down_proj: linear('down_proj'),
    head: linear('head'),
  };
}

export type ForwardConstants = Allocated<ReturnType<typeof forwardConstants>>;

/** Constants of every backward pass of one shape, whose weight gradients are summed in slices of so many tokens. */
export function backwardConstants(config: LlamaConfig, slice: number) {
  const layout = parameterLayout(config);
  const shapes = matrixShapes(config);
  const { hidden_size: hidden } = config;
  const [layer] = layout.layers;
  const regions = { ...summedTogether(layer), head: layout.head };
  const matrices = { ...layer, head: layout.head };
  const of = (name: MatrixName) => {
    const [outputs, inputs] = shapes[name];
    const [matrix, region] = [matrices[name], regions[name]];
    const byRows = name === 'head' ? 1 : 0;
    return {
      /** From the gradient of a layer's result to that of its input: the product with the matrix as it is. */
      input: constant('shape', linearShape.pack({ inner: outputs, outputs: inputs, stride: inputs, byRows })),
      weight: constant(
        'shape',
        weightShape.pack({
          ...{ outputs, inputs, stride: paddedOutputs(outputs), byRows },
          ...{ offset: matrix.offset - region.offset, size: region.size, slice },
        }),
      ),
    };
  };
  const normed = [
    ...layout.layers.flatMap(({ qkv, input_layernorm, gate_up, post_attention_layernorm }) => [
      { matrix: qkv, norm: input_layernorm },
      { matrix: gate_up, norm: post_attention_layernorm },
    ]),
    { matrix: layout.head, norm: layout.norm },
  ];
  return {
    qkv: of('qkv'),
    o_proj: of('o_proj'),
    gate_up: of('gate_up'),
    down_proj: of('down_proj'),
    head: of('head'),
    normed: table('normed-matrices', (normed.length * normedMatrix.size) / 4, () =>
      normedMatrix.packAll(
        normed.map(({ matrix, norm }) => ({
          ...{ matrix: matrix.offset / 4, norm: norm.offset / 4 },
          ...{ outputs: matrix.size / hidden, inputs: hidden },
        })),
      ),
    ),
  };
}

export type BackwardConstants = Allocated<ReturnType<typeof backwardConstants>>;
