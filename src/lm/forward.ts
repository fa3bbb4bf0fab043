import type { Gpu } from '../gpu/device';
import type { Kernel } from '../gpu/kernel';
import { blocked } from '../gpu/kernels/matmul';
import type { Plan, Resource } from '../gpu/plan';
import type { Activations } from './activations';
import type { LlamaConfig } from './config';
import { logitStride, type ModelKernels } from './kernels';
import { parameterLayout, slice, type Group } from './layout';
import type { Weights } from './weights';

/** Where a forward pass reads its batch: sizes, packed tokens, and the token of each predicted place. */
export interface BatchBuffers {
  dims: GPUBuffer;
  tokens: GPUBuffer;
  /** Null where every token is a predicted place (decoding). */
  rowToken: GPUBuffer | null;
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

/** Adds the dispatches of a forward pass, from token ids to logits at the predicted places. */
export function addForward(
  plan: Plan,
  gpu: Gpu,
  kernels: ModelKernels,
  config: LlamaConfig,
  { buffer: parameters, transposed }: Weights,
  rotation: GPUBuffer,
  batch: BatchBuffers,
  activations: Activations,
): void {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const layout = parameterLayout(config);
  const qkv = hidden + 2 * config.num_key_value_heads * config.head_dim;
  const slots = config.num_attention_heads + 2 * config.num_key_value_heads;
  const { dims, tokens } = batch;
  const weight = (group: Group): Resource => slice(parameters, group);
  /** y = x · wᵀ through one of the product kernels. */
  const linear = (
    kernel: Kernel,
    x: GPUBuffer,
    w: Group,
    [inputs, outputs, out]: readonly [number, number, number],
    results: readonly Resource[],
    extent: 'tokens' | 'rows' = 'tokens',
  ) => {
    addTranspose(plan, gpu, kernels, batch.dims, x, activations.transposed, inputs, extent);
    const m = transposed(w);
    const shape = gpu.uniform('shape', [inputs, outputs, m.stride, out, extent === 'rows' ? 1 : 0]);
    plan.add(kernel, [dims, shape, activations.transposed, m.binding, ...results], { extent, ...blocked(outputs) });
  };

  plan.add(kernels.embed, [dims, tokens, weight(layout.embed), activations.layers[0].input], {
    extent: 'tokens',
    units: hidden / 4,
  });
  activations.layers.forEach((layer, l) => {
    const at = layout.layers[l];
    const next = activations.layers[l + 1]?.input ?? activations.output;
    plan.add(kernels.rmsnorm, [dims, layer.input, weight(at.input_layernorm), layer.normed, layer.inverse], {
      extent: 'tokens',
      units: 1,
    });
    linear(kernels.linear, layer.normed, at.qkv, [hidden, qkv, qkv], [layer.qkv]);
    plan.add(kernels.rope, [dims, tokens, layer.qkv, rotation, layer.q, layer.kv], { extent: 'tokens', units: slots });
    plan.add(kernels.attention, [dims, tokens, layer.q, layer.kv, layer.attended, layer.saved], {
      extent: 'tokens',
      units: config.num_attention_heads,
    });
    linear(kernels.linearResidual, layer.attended, at.o_proj, [hidden, hidden, hidden], [layer.middle, layer.input]);
    plan.add(
      kernels.rmsnorm,
      [dims, layer.middle, weight(at.post_attention_layernorm), layer.normedMiddle, layer.inverseMiddle],
      { extent: 'tokens', units: 1 },
    );
    const expanded = [layer.activated, layer.gateUp];
    linear(kernels.linearSwiglu, layer.normedMiddle, at.gate_up, [hidden, 2 * inner, inner], expanded);
    linear(kernels.linearResidual, layer.activated, at.down_proj, [inner, hidden, hidden], [next, layer.middle]);
  });
  let last = activations.output;
  if (batch.rowToken) {
    plan.add(kernels.gather, [dims, batch.rowToken, activations.output, activations.gathered], {
      extent: 'rows',
      units: hidden / 4,
    });
    last = activations.gathered;
  }
  plan.add(kernels.rmsnormRows, [dims, last, weight(layout.norm), activations.normed, activations.inverse], {
    extent: 'rows',
    units: 1,
  });
  const logits = [hidden, config.vocab_size, logitStride(config)] as const;
  linear(kernels.linear, activations.normed, layout.head, logits, [activations.logits], 'rows');
}

/** Adds x [items, columns] → y [columns, items]. */
export function addTranspose(
  plan: Plan,
  gpu: Gpu,
  kernels: ModelKernels,
  dims: GPUBuffer,
  x: Resource,
  y: Resource,
  columns: number,
  extent: 'tokens' | 'rows',
): void {
  const shape = gpu.uniform('shape', [columns, extent === 'rows' ? 1 : 0]);
  plan.add(kernels.transpose, [dims, shape, x, y], { extent, per: 4, units: columns / 4 });
}
