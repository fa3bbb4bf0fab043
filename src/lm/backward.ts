import type { Kernel } from '../gpu/kernel';
import { linearWork } from '../gpu/kernels/linear-kernel';
import { weightUnits } from '../gpu/kernels/weight-gradient';
import type { Plan } from '../gpu/plan';
import type { LlamaConfig } from '../model/config';
import type { ModelKernels } from './kernels';
import { parameterLayout, type Group } from '../model/layout';
import { matrixShapes, slice, summedTogether, type MatrixName } from './layout';
import type { Weights } from './weights';
import type { TrainingWorkspace } from './workspace';

/**
 * Adds the backward pass: from the gradient of the logits, which has replaced the logits, to the gradient of every
 * parameter. It is derived by hand. A weight gradient is summed per slice of tokens, then over slices by `reduce`.
 * No two invocations add to one place, so the bits do not depend on scheduling.
 */
export function addBackward(
  plan: Plan,
  kernels: ModelKernels,
  config: LlamaConfig,
  { buffer: parameters, straight }: Weights,
  workspace: TrainingWorkspace,
): void {
  const { activations, batch, constants, gradients } = workspace;
  const { forward: forwards, backward: shapes } = constants;
  const { dims, tokens } = batch;
  const { hidden_size: hidden, vocab_size: vocabulary } = config;
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads;
  const layout = parameterLayout(config);
  const sizes = matrixShapes(config);
  const weight = (group: Group) => slice(parameters, group);
  const { linearBackward: linears, weightGradient: gradient } = kernels;

  /** Gradient d of a linear layer's result, by feature → gradient of its input, through one of the product kernels. */
  const through = (kernel: Kernel, name: MatrixName, w: Group, d: GPUBuffer, others: readonly GPUBuffer[]) => {
    const work = linearWork(linears.blocking, sizes[name][1], name === 'head' ? 'rows' : 'tokens');
    plan.add(kernel, [dims, shapes[name].input, d, straight(w), ...others], work);
  };
  /** d and x by token. */
  const weightGradient = (name: MatrixName, w: Group, d: GPUBuffer, x: GPUBuffer, region = w) => {
    const sum = slice(gradients.flat, region);
    plan.add(gradient.kernel, [dims, shapes[name].weight, x, d, gradients.partials ?? sum], {
      extent: 'chunks',
      units: weightUnits(gradient.blocking, ...sizes[name]),
    });
    // The backward pass ends with the first matrix of a region.
    if (gradients.partials && w.offset === region.offset) {
      plan.add(kernels.reduce, [dims, gradients.partials, sum], { invocations: region.size / 4 });
    }
  };
  /** x by token; the gradient of the normed stands in `normed`. */
  const norm = (x: GPUBuffer, w: Group, inverse: GPUBuffer, shape = forwards.norm) => {
    const { stream, normed } = gradients;
    plan.add(
      kernels.rmsBackward,
      [dims, shape, x, weight(w), normed, inverse, batch.tokenRow, stream.byFeature, stream.byToken],
      { extent: 'tokens', units: 1 },
    );
  };

  through(linears.plain, 'head', layout.head, activations.logits, [gradients.normed]);
  weightGradient('head', layout.head, gradients.logitsByToken, activations.gathered.byToken);
  norm(activations.gathered.byToken, layout.norm, activations.inverse, forwards.lastNorm);
  for (let l = config.num_hidden_layers - 1; l >= 0; l--) {
    const layer = activations.layers[l];
    const at = layout.layers[l];
    const { stream, gateUp, normed, attended, qkv: dqkv } = gradients;
    const regions = summedTogether(at);
    const expanded = [layer.gateUp, layer.inverseMiddle, gateUp.byFeature, gateUp.byToken];
    through(linears.swiglu, 'down_proj', at.down_proj, stream.byFeature, expanded);
    weightGradient('down_proj', at.down_proj, stream.byToken, layer.activated.byToken, regions.down_proj);
    through(linears.plain, 'gate_up', at.gate_up, gateUp.byFeature, [normed]);
    weightGradient('gate_up', at.gate_up, gateUp.byToken, layer.middle.byToken, regions.gate_up);
    norm(layer.middle.byToken, at.post_attention_layernorm, layer.inverseMiddle);

    through(linears.byToken, 'o_proj', at.o_proj, stream.byFeature, [attended]);
    weightGradient('o_proj', at.o_proj, stream.byToken, layer.attended.byToken, regions.o_proj);
    const { rotation } = forwards;
    const attention = [dims, tokens, layer.q, layer.kv, attended, rotation, dqkv.byFeature, dqkv.byToken, layer.saved];
    const per = kernels.attentionBackwardAtOnce;
    plan.add(kernels.attentionBackwardQueries, attention, { extent: 'tokens', per, units: heads });
    plan.add(kernels.attentionBackwardKeys, attention, { extent: 'tokens', per, units: kvHeads });
    through(linears.plain, 'qkv', at.qkv, dqkv.byFeature, [normed]);
    weightGradient('qkv', at.qkv, dqkv.byToken, layer.input.byToken, regions.qkv);
    norm(layer.input.byToken, at.input_layernorm, layer.inverse);
  }
  plan.add(kernels.normGradient, [shapes.normed, parameters, gradients.flat], {
    grid: [hidden / 4, 2 * config.num_hidden_layers + 1],
  });
  plan.add(kernels.embedBackward, [batch.occurrences, gradients.stream.byToken, slice(gradients.flat, layout.embed)], {
    invocations: (vocabulary * hidden) / 4,
  });
}
