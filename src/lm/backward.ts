import type { Gpu } from '../gpu/device';
import type { Kernel } from '../gpu/kernel';
import { blocked, weightBlocks } from '../gpu/kernels/matmul';
import type { Plan } from '../gpu/plan';
import type { LlamaConfig } from './config';
import { addTranspose } from './forward';
import { logitStride, type ModelKernels } from './kernels';
import { parameterLayout, slice, type Group } from './layout';
import { SLICE, type TrainingWorkspace } from './workspace';

/**
 * Adds the way back: from the gradient of the logits (which stands where the logits were) to the gradient of every
 * parameter, by hand, layer by layer. Weight gradients are summed per slice of tokens, then over slices by `reduce`;
 * nothing adds to one place from two invocations, so the bits do not depend on scheduling.
 */
export function addBackward(
  plan: Plan,
  gpu: Gpu,
  kernels: ModelKernels,
  config: LlamaConfig,
  parameters: GPUBuffer,
  workspace: TrainingWorkspace,
): void {
  const { activations, batch, gradients, rotation } = workspace;
  const { dims, tokens } = batch;
  const { hidden_size: hidden, intermediate_size: inner, vocab_size: vocabulary } = config;
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads;
  const qkv = hidden + 2 * kvHeads * config.head_dim;
  const layout = parameterLayout(config);
  const stride = logitStride(config);
  const shape = (...words: number[]) => gpu.uniform('shape', words);
  const weight = (group: Group) => slice(parameters, group);

  /** Gradient d of a linear layer's result, [items, dStride] → gradient of its input, through one of the product kernels. */
  const through = (
    kernel: Kernel,
    d: GPUBuffer,
    w: Group,
    [outputs, inputs, dStride]: readonly [number, number, number],
    results: readonly GPUBuffer[],
    extent: 'tokens' | 'rows' = 'tokens',
  ) => {
    addTranspose(plan, gpu, kernels, dims, d, activations.transposed, dStride, extent);
    const words = shape(outputs, inputs, inputs, inputs, extent === 'rows' ? 1 : 0);
    plan.add(kernel, [dims, words, activations.transposed, weight(w), ...results], { extent, ...blocked(inputs) });
  };
  const weightGradient = (
    d: GPUBuffer,
    x: GPUBuffer,
    w: Group,
    outputs: number,
    inputs: number,
    dStride: number,
    byRows = 0,
  ) =>
    plan.add(
      kernels.weightGradient,
      [dims, shape(outputs, inputs, dStride, byRows, w.offset, layout.size, SLICE), d, x, gradients.partials],
      { extent: 'chunks', units: weightBlocks(outputs, inputs) },
    );
  const normWeight = (x: GPUBuffer, dy: GPUBuffer, inverse: GPUBuffer, w: Group, byRows = false) =>
    plan.add(
      byRows ? kernels.rmsnormWeightRows : kernels.rmsnormWeight,
      [dims, shape(w.offset, layout.size, SLICE), x, dy, inverse, gradients.partials],
      { extent: 'chunks', units: hidden / 4 },
    );
  const norm = (x: GPUBuffer, w: Group, inverse: GPUBuffer) => {
    normWeight(x, gradients.normed, inverse, w);
    plan.add(kernels.rmsnormBackward, [dims, x, weight(w), gradients.normed, inverse, gradients.stream], {
      extent: 'tokens',
      units: 1,
    });
  };

  through(
    kernels.linear,
    activations.logits,
    layout.head,
    [vocabulary, hidden, stride],
    [gradients.normedRows],
    'rows',
  );
  weightGradient(activations.logits, activations.normed, layout.head, vocabulary, hidden, stride, 1);
  normWeight(activations.gathered, gradients.normedRows, activations.inverse, layout.norm, true);
  plan.add(
    kernels.rmsnormBackwardRows,
    [dims, activations.gathered, weight(layout.norm), gradients.normedRows, activations.inverse, gradients.rows],
    { extent: 'rows', units: 1 },
  );
  plan.add(kernels.scatter, [dims, batch.tokenRow, gradients.rows, gradients.stream], {
    extent: 'tokens',
    units: hidden / 4,
  });
  for (let l = config.num_hidden_layers - 1; l >= 0; l--) {
    const layer = activations.layers[l];
    const at = layout.layers[l];
    const expanded = [gradients.gateUp, layer.gateUp];
    through(kernels.linearSwigluBackward, gradients.stream, at.down_proj, [hidden, inner, hidden], expanded);
    weightGradient(gradients.stream, layer.activated, at.down_proj, hidden, inner, hidden);
    through(kernels.linear, gradients.gateUp, at.gate_up, [2 * inner, hidden, 2 * inner], [gradients.normed]);
    weightGradient(gradients.gateUp, layer.normedMiddle, at.gate_up, 2 * inner, hidden, 2 * inner);
    norm(layer.middle, at.post_attention_layernorm, layer.inverseMiddle);

    through(kernels.linear, gradients.stream, at.o_proj, [hidden, hidden, hidden], [gradients.attended]);
    weightGradient(gradients.stream, layer.attended, at.o_proj, hidden, hidden, hidden);
    plan.add(
      kernels.attentionBackwardQueries,
      [dims, tokens, layer.q, layer.kv, gradients.attended, rotation, gradients.qkv, layer.saved],
      { extent: 'tokens', units: heads },
    );
    plan.add(
      kernels.attentionBackwardKeys,
      [dims, tokens, layer.q, layer.kv, gradients.attended, rotation, gradients.qkv, layer.saved],
      { extent: 'tokens', units: kvHeads },
    );
    through(kernels.linear, gradients.qkv, at.qkv, [qkv, hidden, qkv], [gradients.normed]);
    weightGradient(gradients.qkv, layer.normed, at.qkv, qkv, hidden, qkv);
    norm(layer.input, at.input_layernorm, layer.inverse);
  }
  plan.add(kernels.reduce, [dims, gradients.partials, gradients.flat], { invocations: layout.size / 4 });
  plan.add(kernels.embedBackward, [batch.occurrences, gradients.stream, slice(gradients.flat, layout.embed)], {
    invocations: (vocabulary * hidden) / 4,
  });
}
