import type { Gpu } from '../gpu/device';
import type { Kernel } from '../gpu/kernel';
import { linearShape, linearWork } from '../gpu/kernels/linear-kernel';
import type { Plan, Resource } from '../gpu/plan';
import type { Both, ForwardActivations } from './activations';
import type { LlamaConfig } from '../model/config';
import type { DecoderKernels, LinearKernels } from './kernels';
import { parameterLayout, type Group } from '../model/layout';
import { slice } from './layout';
import type { Weights } from './weights';

/** Where a forward pass reads its batch: sizes and packed tokens. */
export interface BatchBuffers {
  dims: GPUBuffer;
  tokens: GPUBuffer;
  /** Predicted places: all where every token is one (decoding), none where a prompt is only read. */
  rows: 'all' | 'none' | GatheredRows;
}

/** Predicted places among other tokens: the token of each [rows], and where they are gathered. */
interface GatheredRows {
  rowToken: GPUBuffer;
  gathered: Both;
  kernel: Kernel;
}

/** RoPE's table [position, 2, head_dim / 2]: cosines, then sines, computed in double precision. */
export function rotationTable(config: LlamaConfig): Float32Array<ArrayBuffer> {
  const half = config.head_dim / 2;
  const table = new Float32Array(config.max_position_embeddings * config.head_dim);
  for (let position = 0; position < config.max_position_embeddings; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * config.rope_theta ** (-i / half);
      table[position * config.head_dim + i] = Math.cos(angle);
      table[position * config.head_dim + half + i] = Math.sin(angle);
    }
  }
  return table;
}

export function rotationBuffer(gpu: Gpu, config: LlamaConfig): GPUBuffer {
  const table = rotationTable(config);
  const buffer = gpu.buffer('rotation', table.byteLength);
  gpu.write(buffer, table);
  return buffer;
}

const floatBits = (value: number) => new Uint32Array(new Float32Array([value]).buffer)[0];

/** Adds the dispatches of a forward pass, from token ids to logits at the predicted places. */
export function addForward(
  plan: Plan,
  gpu: Gpu,
  kernels: DecoderKernels,
  linears: LinearKernels,
  config: LlamaConfig,
  { buffer: parameters, matrix }: Weights,
  rotation: GPUBuffer,
  batch: BatchBuffers,
  activations: ForwardActivations,
): void {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const layout = parameterLayout(config);
  const qkv = hidden + 2 * config.num_key_value_heads * config.head_dim;
  const { dims, tokens } = batch;
  /** A linear layer with what is fused onto its end. */
  const linear = (
    kernel: Kernel,
    x: GPUBuffer,
    w: Group,
    [inputs, outputs]: readonly [number, number],
    others: readonly Resource[],
    extent: 'tokens' | 'rows' = 'tokens',
  ) => {
    const { transposed, stride } = matrix(w);
    const shape = gpu.uniform('shape', linearShape(inputs, outputs, stride, extent));
    plan.add(kernel, [dims, shape, x, transposed, ...others], linearWork(linears.blocking, outputs, extent));
  };
  const rms = (x: GPUBuffer, inverse: GPUBuffer, extent: 'tokens' | 'rows' = 'tokens') => {
    const shape = [hidden, extent === 'rows' ? 1 : 0, floatBits(config.rms_norm_eps)];
    plan.add(kernels.rms, [dims, gpu.uniform('shape', shape), x, inverse], { extent, units: 1 });
  };

  const [first] = activations.layers;
  plan.add(kernels.embed, [dims, tokens, slice(parameters, layout.embed), first.input.byFeature, first.input.byToken], {
    extent: 'tokens',
    units: hidden / 4,
  });
  activations.layers.forEach((layer, l) => {
    const at = layout.layers[l];
    const { input, inverse, middle, inverseMiddle, q, kv, attended, saved, gateUp, activated } = layer;
    const next = activations.layers[l + 1]?.input ?? activations.output;
    rms(input.byFeature, inverse);
    linear(linears.rope, input.byFeature, at.qkv, [hidden, qkv], [inverse, tokens, rotation, q, kv]);
    const oneEach = batch.rows === 'all';
    plan.add(
      oneEach ? kernels.attentionOne : kernels.attention,
      [dims, tokens, q, kv, inverse, attended.byFeature, attended.byToken, saved],
      { extent: 'tokens', per: oneEach ? 1 : kernels.attentionQueries, units: config.num_attention_heads },
    );
    const between = [input.byFeature, middle.byFeature, middle.byToken];
    linear(linears.residual, attended.byFeature, at.o_proj, [hidden, hidden], between);
    rms(middle.byFeature, inverseMiddle);
    const expanded = [inverseMiddle, gateUp, activated.byFeature, activated.byToken];
    linear(linears.swiglu, middle.byFeature, at.gate_up, [hidden, 2 * inner], expanded);
    const after = [middle.byFeature, next.byFeature, next.byToken];
    linear(linears.residual, activated.byFeature, at.down_proj, [inner, hidden], after);
  });
  if (batch.rows === 'none') return;
  let last = activations.output;
  if (batch.rows !== 'all') {
    const { rowToken, gathered, kernel } = batch.rows;
    plan.add(kernel, [dims, rowToken, last.byToken, gathered.byFeature, gathered.byToken], {
      extent: 'rows',
      units: hidden / 4,
    });
    last = gathered;
  }
  rms(last.byFeature, activations.inverse, 'rows');
  const logits = [activations.inverse, activations.logits];
  linear(linears.normed, last.byFeature, layout.head, [hidden, config.vocab_size], logits, 'rows');
}
