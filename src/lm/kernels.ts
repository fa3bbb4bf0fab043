import { kernel, type Kernel } from '../gpu/kernel';
import { attention, queriesAtOnce, type AttentionShape } from '../gpu/kernels/attention';
import { attentionBackwardKeys, attentionBackwardQueries, backwardAtOnce } from '../gpu/kernels/attention-backward';
import { decode, decodeFits, decodeLengths, type DecoderShape } from '../gpu/kernels/decode';
import { linear, linearByToken, linearNormed, linearResidual } from '../gpu/kernels/linear';
import type { Blocking } from '../gpu/kernels/product';
import { linearRope } from '../gpu/kernels/rope';
import { linearSwiglu, linearSwigluBackward } from '../gpu/kernels/swiglu';
import { weightGradient } from '../gpu/kernels/weight-gradient';
import accumulate from '../gpu/kernels/accumulate.wgsl?raw';
import adamw from '../gpu/kernels/adamw.wgsl?raw';
import advantage from '../gpu/kernels/advantage.wgsl?raw';
import clip from '../gpu/kernels/clip.wgsl?raw';
import compact from '../gpu/kernels/compact.wgsl?raw';
import crossEntropy from '../gpu/kernels/cross-entropy.wgsl?raw';
import embedBackward from '../gpu/kernels/embed-backward.wgsl?raw';
import embed from '../gpu/kernels/embed.wgsl?raw';
import gather from '../gpu/kernels/gather.wgsl?raw';
import logSoftmax from '../gpu/kernels/log-softmax.wgsl?raw';
import logitGradient from '../gpu/kernels/logit-gradient.wgsl?raw';
import transpose from '../gpu/kernels/transpose.wgsl?raw';
import normGradient from '../gpu/kernels/norm-gradient.wgsl?raw';
import philox from '../gpu/kernels/philox.wgsl?raw';
import reduce from '../gpu/kernels/reduce.wgsl?raw';
import rmsBackward from '../gpu/kernels/rms-backward.wgsl?raw';
import rms from '../gpu/kernels/rms.wgsl?raw';
import row from '../gpu/kernels/row.wgsl?raw';
import sample from '../gpu/kernels/sample.wgsl?raw';
import sampling from '../gpu/kernels/sampling.wgsl?raw';
import squares from '../gpu/kernels/squares.wgsl?raw';
import surrogate from '../gpu/kernels/surrogate.wgsl?raw';
import whiten from '../gpu/kernels/whiten.wgsl?raw';
import writeGradient from '../gpu/kernels/write-gradient.wgsl?raw';
import type { LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import { logitStride, transposedLayout } from './layout';
import type { Variants } from './variants';

/** The linear layers of a forward pass, all in one variant. */
function linearKernels(blocking: Blocking, shape: AttentionShape) {
  return {
    blocking,
    normed: linearNormed(blocking),
    residual: linearResidual(blocking),
    swiglu: linearSwiglu(blocking),
    rope: linearRope(blocking, shape),
  };
}

export type LinearKernels = ReturnType<typeof linearKernels>;

/** Writes the matrices as the forward products read them, in f16 or not, and beside them as they are if `copies`. */
export const transposeKernel = (half: boolean, copies: boolean) =>
  kernel(
    'transpose',
    `alias VEC4 = ${half ? 'vec4h' : 'vec4f'};\n${transpose}`,
    { COPY: copies ? 1 : 0 },
    half ? ['f16'] : [],
  );

/** New tokens of one submit, or of one dispatch. The pacer splits a submit that takes long. */
export const TOKENS_PER_SUBMIT = 16;

function decoderShape(config: LlamaConfig, newTokens: number, half: boolean): DecoderShape {
  const [head, qkv, output, gateUp, down, second = qkv] = transposedLayout(config).matrices.map(({ to }) => to);
  return {
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads,
    headDim: config.head_dim,
    hidden: config.hidden_size,
    inner: config.intermediate_size,
    layers: config.num_hidden_layers,
    vocabulary: config.vocab_size,
    epsilon: config.rms_norm_eps,
    places: { head, qkv, output, gateUp, down, layer: second - qkv },
    half,
    most: newTokens,
    atOnce: TOKENS_PER_SUBMIT,
  };
}

/** Whether a kernel can generate a model's tokens in one dispatch (decode.ts). */
export const singleFits = (config: LlamaConfig) => decodeFits(decoderShape(config, 1, false));

/** That kernel, and whether many and few sequences use it; no kernel where it is not wanted or does not fit. */
function singleKernel(config: LlamaConfig, newTokens: number, { training, generation, generationFew }: Variants) {
  const [many, few] = [generation === 'single', generationFew === 'single'];
  if (!(many || few) || !singleFits(config)) return { many: false, few: false };
  const shape = decoderShape(config, newTokens, training.half);
  return { many, few, kernel: decode(shape), lengths: decodeLengths(shape) };
}

const attentionShape = (config: LlamaConfig): AttentionShape => ({
  heads: config.num_attention_heads,
  kvHeads: config.num_key_value_heads,
  headDim: config.head_dim,
});

/** The kernels of a model that generates, specialised to its sizes. `newTokens` is the most that a generation can draw. */
export function decoderKernels(config: LlamaConfig, newTokens: number, variants: Variants) {
  const VOCABULARY = config.vocab_size;
  const shape = attentionShape(config);
  const queries = queriesAtOnce(shape);
  return {
    training: linearKernels(variants.training, shape),
    decoding: linearKernels(variants.decoding, shape),
    few: linearKernels(variants.few, shape),
    embed: kernel('embed', embed, { WIDTH: config.hidden_size / 4 }),
    rms: kernel('rms', rms),
    /** For one token of each sequence: an invocation that serves several tokens would go through them one by one. */
    attentionOne: attention(shape, 1),
    attention: attention(shape, queries),
    attentionQueries: queries,
    transpose: transposeKernel(variants.training.half, false),
    half: variants.training.half,
    sample: kernel('sample', philox + sampling + sample, { VOCABULARY, MOST: newTokens }),
    compact: kernel('compact', compact),
    row: kernel('row', row, { VOCABULARY }),
    single: singleKernel(config, newTokens, variants),
  };
}

export type DecoderKernels = ReturnType<typeof decoderKernels>;

/** Every kernel of a model that generates and learns. */
export function modelKernels(config: LlamaConfig, newTokens: number, variants: Variants) {
  const WIDTH = config.hidden_size / 4;
  const VOCABULARY = config.vocab_size;
  const STRIDE = logitStride(config);
  const SIZE = parameterLayout(config).size;
  const { training: blocking, gradient } = variants;
  const shape = attentionShape(config);
  const backward = backwardAtOnce(shape);
  return {
    ...decoderKernels(config, newTokens, variants),
    // In half precision the backward products read copies of the matrices.
    transpose: transposeKernel(blocking.half, blocking.half),
    linearBackward: {
      blocking,
      plain: linear(blocking),
      byToken: linearByToken(blocking),
      swiglu: linearSwigluBackward(blocking),
    },
    weightGradient: { blocking: gradient, kernel: weightGradient(gradient) },
    gather: kernel('gather', gather, { WIDTH }),
    rmsBackward: kernel('rms-backward', rmsBackward),
    attentionBackwardQueries: attentionBackwardQueries(shape, backward),
    attentionBackwardKeys: attentionBackwardKeys(shape, backward),
    attentionBackwardAtOnce: backward,
    logSoftmax: kernel('log-softmax', logSoftmax, { VOCABULARY }),
    logitGradient: kernel('logit-gradient', logitGradient + writeGradient, { VOCABULARY, STRIDE }),
    crossEntropy: kernel('cross-entropy', crossEntropy + writeGradient, { VOCABULARY, STRIDE }),
    advantage: kernel('advantage', advantage),
    whiten: kernel('whiten', whiten),
    surrogate: kernel('surrogate', surrogate),
    reduce: kernel('reduce', reduce),
    accumulate: kernel('accumulate', accumulate),
    normGradient: kernel('norm-gradient', normGradient),
    embedBackward: kernel('embed-backward', embedBackward, {
      WIDTH,
      VOCABULARY,
      TIED: config.tie_word_embeddings ? 1 : 0,
    }),
    squares: kernel('squares', squares, { SIZE }),
    clip: kernel('clip', clip, { SIZE }),
    adamw: kernel('adamw', adamw, { SIZE }),
  };
}

export type ModelKernels = ReturnType<typeof modelKernels>;

/** All of a model's kernels in a list, as a device compiles them. */
export const kernelList = (kernels: DecoderKernels): Kernel[] =>
  Object.values(kernels)
    .flatMap((entry): unknown[] => (isKernel(entry) ? [entry] : Object.values(entry)))
    .filter(isKernel);

const isKernel = (entry: unknown): entry is Kernel => typeof entry === 'object' && entry !== null && 'code' in entry;
