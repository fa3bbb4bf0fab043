import type { Kernel } from '../gpu/kernel';
import { linearWork } from '../gpu/kernels/linear-kernel';
import type { Plan, Resource } from '../gpu/plan';
import type { Both, ForwardActivations } from './activations';
import type { LlamaConfig } from '../model/config';
import type { ForwardConstants } from './constants';
import type { DecoderKernels, LinearKernels } from './kernels';
import { parameterLayout, type Group } from '../model/layout';
import { matrixShapes, type MatrixName } from './layout';

/** Where a forward pass reads its batch: sizes and packed tokens. */
export interface BatchBuffers {
  dims: GPUBuffer;
  tokens: GPUBuffer;
  /** Predicted places: `all` where every token is one (decoding), `none` where a prompt is only read. */
  rows: 'all' | 'none' | GatheredRows;
}

/** What a forward pass reads of a model's parameters. */
export interface ForwardWeights {
  /** [vocab_size, hidden] */
  readonly embedding: Resource;
  /** A matrix of the layout, transposed: [in, stride], out padded to whole vec4s, with the weight of the norm before it. */
  readonly transposed: (matrix: Group) => Resource;
  /** All of them as `transposedLayout` places them; null where they do not stand in one buffer. */
  readonly allTransposed: GPUBuffer | null;
}

/** Predicted places among other tokens: the token of each [rows], and where they are gathered. */
interface GatheredRows {
  rowToken: GPUBuffer;
  gathered: Both;
  kernel: Kernel;
}

/** Adds the dispatches of a forward pass, from token ids to logits at the predicted places. */
export function addForward(
  plan: Plan,
  kernels: DecoderKernels,
  linears: LinearKernels,
  config: LlamaConfig,
  { embedding, transposed }: ForwardWeights,
  constants: ForwardConstants,
  batch: BatchBuffers,
  activations: ForwardActivations,
): void {
  const { hidden_size: hidden } = config;
  const layout = parameterLayout(config);
  const shapes = matrixShapes(config);
  const { dims, tokens } = batch;
  /** A linear layer with what is fused onto its end. */
  const linear = (kernel: Kernel, name: MatrixName, w: Group, x: GPUBuffer, others: readonly Resource[]) => {
    const work = linearWork(linears.blocking, shapes[name][0], name === 'head' ? 'rows' : 'tokens');
    plan.add(kernel, [dims, constants[name], x, transposed(w), ...others], work);
  };
  const rms = (shape: GPUBuffer, x: GPUBuffer, inverse: GPUBuffer, extent: 'tokens' | 'rows') => {
    plan.add(kernels.rms, [dims, shape, x, inverse], { extent, units: 1 });
  };

  const [first] = activations.layers;
  plan.add(kernels.embed, [dims, tokens, embedding, first.input.byFeature, first.input.byToken], {
    extent: 'tokens',
    units: hidden / 4,
  });
  activations.layers.forEach((layer, l) => {
    const at = layout.layers[l];
    const { input, inverse, middle, inverseMiddle, q, kv, attended, saved, gateUp, activated } = layer;
    const next = activations.layers[l + 1]?.input ?? activations.output;
    rms(constants.norm, input.byFeature, inverse, 'tokens');
    linear(linears.rope, 'qkv', at.qkv, input.byFeature, [inverse, tokens, constants.rotation, q, kv]);
    const oneEach = batch.rows === 'all';
    plan.add(
      oneEach ? kernels.attentionOne : kernels.attention,
      [dims, tokens, q, kv, inverse, attended.byFeature, attended.byToken, saved],
      { extent: 'tokens', per: oneEach ? 1 : kernels.attentionQueries, units: config.num_attention_heads },
    );
    const between = [input.byFeature, middle.byFeature, middle.byToken];
    linear(linears.residual, 'o_proj', at.o_proj, attended.byFeature, between);
    rms(constants.norm, middle.byFeature, inverseMiddle, 'tokens');
    const expanded = [inverseMiddle, gateUp, activated.byFeature, activated.byToken];
    linear(linears.swiglu, 'gate_up', at.gate_up, middle.byFeature, expanded);
    const after = [middle.byFeature, next.byFeature, next.byToken];
    linear(linears.residual, 'down_proj', at.down_proj, activated.byFeature, after);
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
  rms(constants.lastNorm, last.byFeature, activations.inverse, 'rows');
  linear(linears.normed, 'head', layout.head, last.byFeature, [activations.inverse, activations.logits]);
}
