import { kernel, type Kernel } from '../gpu/kernel';
import { attention, attentionBackwardKeys, attentionBackwardQueries, rope } from '../gpu/kernels/attention';
import * as matmul from '../gpu/kernels/matmul';
import adamw from '../gpu/kernels/adamw.wgsl?raw';
import advantage from '../gpu/kernels/advantage.wgsl?raw';
import clip from '../gpu/kernels/clip.wgsl?raw';
import compact from '../gpu/kernels/compact.wgsl?raw';
import crossEntropy from '../gpu/kernels/cross-entropy.wgsl?raw';
import embedBackward from '../gpu/kernels/embed-backward.wgsl?raw';
import embed from '../gpu/kernels/embed.wgsl?raw';
import gather from '../gpu/kernels/gather.wgsl?raw';
import logSoftmax from '../gpu/kernels/log-softmax.wgsl?raw';
import philox from '../gpu/kernels/philox.wgsl?raw';
import reduce from '../gpu/kernels/reduce.wgsl?raw';
import rmsnormBackward from '../gpu/kernels/rmsnorm-backward.wgsl?raw';
import rmsnormWeightGradient from '../gpu/kernels/rmsnorm-weight-gradient.wgsl?raw';
import rmsnorm from '../gpu/kernels/rmsnorm.wgsl?raw';
import sample from '../gpu/kernels/sample.wgsl?raw';
import scatter from '../gpu/kernels/scatter.wgsl?raw';
import softmaxBackward from '../gpu/kernels/softmax-backward.wgsl?raw';
import squares from '../gpu/kernels/squares.wgsl?raw';
import surrogate from '../gpu/kernels/surrogate.wgsl?raw';
import whiten from '../gpu/kernels/whiten.wgsl?raw';
import type { LlamaConfig } from './config';
import { parameterLayout } from './layout';

/** Floats from one row of logits to the next: the vocabulary, padded to whole vec4s. */
export const logitStride = (config: LlamaConfig) => Math.ceil(config.vocab_size / 4) * 4;

const bits = (value: number) => new Uint32Array(new Float32Array([value]).buffer)[0];

/** Every kernel of one model, specialised to its sizes. `newTokens` is the most that a generation can draw. */
export function modelKernels(config: LlamaConfig, newTokens: number) {
  const WIDTH = config.hidden_size / 4;
  const VOCABULARY = config.vocab_size;
  const STRIDE = logitStride(config);
  const SIZE = parameterLayout(config).size;
  const shape = {
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads,
    headDim: config.head_dim,
  };
  const norm = { WIDTH, EPSILON_BITS: bits(config.rms_norm_eps) };
  return {
    embed: kernel('embed', embed, { WIDTH }),
    gather: kernel('gather', gather, { WIDTH }),
    scatter: kernel('scatter', scatter, { WIDTH }),
    rmsnorm: kernel('rmsnorm', rmsnorm, { ...norm, BY_ROWS: 0 }),
    rmsnormRows: kernel('rmsnorm-rows', rmsnorm, { ...norm, BY_ROWS: 1 }),
    rmsnormBackward: kernel('rmsnorm-backward', rmsnormBackward, { WIDTH, BY_ROWS: 0, ACCUMULATE: 1 }),
    rmsnormBackwardRows: kernel('rmsnorm-backward-rows', rmsnormBackward, { WIDTH, BY_ROWS: 1, ACCUMULATE: 0 }),
    rmsnormWeight: kernel('rmsnorm-weight-gradient', rmsnormWeightGradient, { WIDTH, BY_ROWS: 0 }),
    rmsnormWeightRows: kernel('rmsnorm-weight-gradient-rows', rmsnormWeightGradient, { WIDTH, BY_ROWS: 1 }),
    rope: rope(shape),
    attention: attention(shape),
    attentionBackwardQueries: attentionBackwardQueries(shape),
    attentionBackwardKeys: attentionBackwardKeys(shape),
    linear: matmul.linear,
    linearResidual: matmul.linearResidual,
    linearSwiglu: matmul.linearSwiglu,
    linearSwigluBackward: matmul.linearSwigluBackward,
    transpose: matmul.transpose,
    weightGradient: matmul.weightGradient,
    logSoftmax: kernel('log-softmax', logSoftmax, { VOCABULARY, STRIDE }),
    softmaxBackward: kernel('softmax-backward', softmaxBackward, { VOCABULARY, STRIDE }),
    crossEntropy: kernel('cross-entropy', crossEntropy),
    advantage: kernel('advantage', advantage),
    whiten: kernel('whiten', whiten),
    surrogate: kernel('surrogate', surrogate),
    reduce: kernel('reduce', reduce, { SIZE }),
    embedBackward: kernel('embed-backward', embedBackward, { WIDTH, VOCABULARY }),
    squares: kernel('squares', squares, { SIZE }),
    clip: kernel('clip', clip, { SIZE }),
    adamw: kernel('adamw', adamw, { SIZE }),
    sample: kernel('sample', philox + sample, { VOCABULARY, STRIDE, MOST: newTokens }),
    compact: kernel('compact', compact),
  } satisfies Record<string, Kernel>;
}

export type ModelKernels = ReturnType<typeof modelKernels>;
