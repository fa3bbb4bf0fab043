import type { Gpu } from '../gpu/device';
import type { Kernel } from '../gpu/kernel';
import { linearShape, linearWork } from '../gpu/kernels/linear-kernel';
import { weightUnits } from '../gpu/kernels/weight-gradient';
import type { Plan } from '../gpu/plan';
import type { LlamaConfig } from '../model/config';
import type { ModelKernels } from './kernels';
import { parameterLayout, type Group } from '../model/layout';
import { slice, summedTogether } from './layout';
import type { Weights } from './weights';
import type { TrainingWorkspace } from './workspace';

/**
 * Adds the way back: from the gradient of the logits (which stands where the logits were) to the gradient of every
 * parameter, by hand, layer by layer. A weight gradient is summed per slice of tokens, then over slices by `reduce`;
 * nothing adds to one place from two invocations, so the bits do not depend on scheduling.
 */
export function addBackward(
  plan: Plan,
  gpu: Gpu,
  kernels: ModelKernels,
  config: LlamaConfig,
  { buffer: parameters, matrix }: Weights,
  workspace: TrainingWorkspace,
): void {
  const { activations, batch, gradients, rotation, slices } = workspace;
  const { dims, tokens } = batch;
  const { hidden_size: hidden, intermediate_size: inner, vocab_size: vocabulary } = config;
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads;
  const qkv = hidden + 2 * kvHeads * config.head_dim;
  const layout = parameterLayout(config);
  const shape = (...words: number[]) => gpu.uniform('shape', words);
  const weight = (group: Group) => slice(parameters, group);
  const { linearBackward: linears, weightGradient: gradient } = kernels;

  /** Gradient d of a linear layer's result, by feature → gradient of its input, through one of the product kernels. */
  const through = (
    kernel: Kernel,
    d: GPUBuffer,
    w: Group,
    [outputs, inputs]: readonly [number, number],
    others: readonly GPUBuffer[],
    extent: 'tokens' | 'rows' = 'tokens',
  ) => {
    const words = shape(...linearShape(outputs, inputs, inputs, extent));
    plan.add(kernel, [dims, words, d, matrix(w).straight, ...others], linearWork(linears.blocking, inputs, extent));
  };
  /** d and x by token. */
  const weightGradient = (
    d: GPUBuffer,
    x: GPUBuffer,
    w: Group,
    [outputs, inputs]: readonly [number, number],
    { region = w, extent = 'tokens' }: { region?: Group; extent?: 'tokens' | 'rows' } = {},
  ) => {
    const stride = Math.ceil(outputs / 4) * 4;
    const byRows = extent === 'rows' ? 1 : 0;
    const words = [outputs, inputs, stride, byRows, w.offset - region.offset, region.size, slices.tokens];
    const sum = slice(gradients.flat, region);
    plan.add(gradient.kernel, [dims, shape(...words), x, d, gradients.partials ?? sum], {
      extent: 'chunks',
      units: weightUnits(gradient.blocking, outputs, inputs),
    });
    // The way back ends with the first matrix of a region.
    if (gradients.partials && w.offset === region.offset) {
      plan.add(kernels.reduce, [dims, gradients.partials, sum], { invocations: region.size / 4 });
    }
  };
  /** x by token; the gradient of the normed stands in `normed`. */
  const norm = (x: GPUBuffer, w: Group, inverse: GPUBuffer, byRows = 0) => {
    const { stream, normed } = gradients;
    plan.add(
      kernels.rmsBackward,
      [dims, shape(hidden, byRows), x, weight(w), normed, inverse, batch.tokenRow, stream.byFeature, stream.byToken],
      { extent: 'tokens', units: 1 },
    );
  };

  const head = [vocabulary, hidden] as const;
  through(linears.plain, activations.logits, layout.head, head, [gradients.normed], 'rows');
  weightGradient(gradients.logitsByToken, activations.gathered.byToken, layout.head, head, { extent: 'rows' });
  norm(activations.gathered.byToken, layout.norm, activations.inverse, 1);
  for (let l = config.num_hidden_layers - 1; l >= 0; l--) {
    const layer = activations.layers[l];
    const at = layout.layers[l];
    const { stream, gateUp, normed, attended, qkv: dqkv } = gradients;
    const regions = summedTogether(at);
    const expanded = [layer.gateUp, layer.inverseMiddle, gateUp.byFeature, gateUp.byToken];
    through(linears.swiglu, stream.byFeature, at.down_proj, [hidden, inner], expanded);
    weightGradient(stream.byToken, layer.activated.byToken, at.down_proj, [hidden, inner], {
      region: regions.down_proj,
    });
    through(linears.plain, gateUp.byFeature, at.gate_up, [2 * inner, hidden], [normed]);
    weightGradient(gateUp.byToken, layer.middle.byToken, at.gate_up, [2 * inner, hidden], { region: regions.gate_up });
    norm(layer.middle.byToken, at.post_attention_layernorm, layer.inverseMiddle);

    through(linears.byToken, stream.byFeature, at.o_proj, [hidden, hidden], [attended]);
    weightGradient(stream.byToken, layer.attended.byToken, at.o_proj, [hidden, hidden], { region: regions.o_proj });
    const attention = [dims, tokens, layer.q, layer.kv, attended, rotation, dqkv.byFeature, dqkv.byToken, layer.saved];
    const per = kernels.attentionBackwardAtOnce;
    plan.add(kernels.attentionBackwardQueries, attention, { extent: 'tokens', per, units: heads });
    plan.add(kernels.attentionBackwardKeys, attention, { extent: 'tokens', per, units: kvHeads });
    through(linears.plain, dqkv.byFeature, at.qkv, [qkv, hidden], [normed]);
    weightGradient(dqkv.byToken, layer.input.byToken, at.qkv, [qkv, hidden], { region: regions.qkv });
    norm(layer.input.byToken, at.input_layernorm, layer.inverse);
  }
  const normed = [
    ...layout.layers.flatMap(({ qkv, input_layernorm, gate_up, post_attention_layernorm }) => [
      { matrix: qkv, norm: input_layernorm },
      { matrix: gate_up, norm: post_attention_layernorm },
    ]),
    { matrix: layout.head, norm: layout.norm },
  ];
  const table = gpu.table(
    'normed-matrices',
    normed.flatMap(({ matrix, norm }) => [matrix.offset / 4, norm.offset / 4, matrix.size / hidden, hidden]),
  );
  plan.add(kernels.normGradient, [table, parameters, gradients.flat], { grid: [hidden / 4, normed.length] });
  plan.add(kernels.embedBackward, [batch.occurrences, gradients.stream.byToken, slice(gradients.flat, layout.embed)], {
    invocations: (vocabulary * hidden) / 4,
  });
}
