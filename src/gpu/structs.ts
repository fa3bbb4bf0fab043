import { Struct, type ValueOf } from './struct';

/** Sizes of a batch. */
export const dims = new Struct('Dims', {
  /** Tokens in the batch, packed one sequence after the other. */
  tokens: 'u32',
  /** Places where a next token is predicted. */
  rows: 'u32',
  sequences: 'u32',
  /** Slices of tokens whose weight gradients are summed apart. */
  chunks: 'u32',
});
export type Dims = ValueOf<typeof dims>;

/** A token of a packed batch. */
export const token = new Struct('Token', {
  id: 'u32',
  position: 'u32',
  /** Slot of the sequence's first key. */
  base: 'u32',
  /** In training one past the sequence's last token; in generation the sequence. */
  link: 'u32',
});
export type Token = ValueOf<typeof token>;

/** A sequence that is learned from: its predicted places and its terminal reward. */
export const rewardedSequence = new Struct('RewardedSequence', { firstRow: 'u32', endRow: 'u32', reward: 'f32' });

/** A sequence that is being generated. */
export const generatedSequence = new Struct('GeneratedSequence', {
  rollout: 'u32',
  /** New tokens so far. */
  made: 'u32',
  /** 1 until it has ended. */
  alive: 'u32',
  pad: 'u32',
});

/** Most probes of a generation. */
export const MOST_PROBES = 4;

/** How new tokens are drawn. */
export const sampling = new Struct('Sampling', {
  /** Philox's key, and the first words of its counter. */
  key: 'vec2u',
  step: 'u32',
  phase: 'u32',
  temperature: 'f32',
  /** Ids that are never drawn. */
  suppressed: 'u32',
  /** New tokens that a sequence may have. */
  most: 'u32',
  /** Probes that there are. */
  probes: 'u32',
  /** (after, token, 0, 0) */
  probe: `array<vec4u, ${MOST_PROBES}>`,
});

/** Settings of a policy update. */
export const policy = new Struct('Policy', {
  beta: 'f32',
  epsilon: 'f32',
  /** 1: advantages are whitened. */
  normalize: 'u32',
});

/** Constants of one AdamW update. */
export const hyper = new Struct('Hyper', {
  rate: 'f32',
  beta1: 'f32',
  beta2: 'f32',
  epsilon: 'f32',
  decay: 'f32',
  /** 1 − β^updates. */
  correction1: 'f32',
  correction2: 'f32',
  clip: 'f32',
});

/** Sizes of a linear layer. */
export const linearShape = new Struct('LinearShape', {
  /** Length of the sums. */
  inner: 'u32',
  /** Rows of the result. */
  outputs: 'u32',
  /** Of the left factor, in floats. */
  stride: 'u32',
  /** 1: items are predicted places (dims.rows), 0: tokens. */
  byRows: 'u32',
});

/** Sizes of a weight gradient. */
export const weightShape = new Struct('WeightShape', {
  outputs: 'u32',
  inputs: 'u32',
  /** Of the gradient of the layer's result, in floats. */
  stride: 'u32',
  byRows: 'u32',
  /** Of the matrix in what is summed at once, in floats. */
  offset: 'u32',
  /** Of what is summed at once, in floats. */
  size: 'u32',
  /** Tokens a slice. */
  slice: 'u32',
});

/** Sizes of an RMSNorm. */
export const rmsShape = new Struct('RmsShape', { features: 'u32', byRows: 'u32', epsilon: 'f32' });

/** Lengths of the loops of decode.ts, in vec4s. */
export const decodeShape = new Struct('DecodeShape', { layers: 'u32', hidden: 'u32', inner: 'u32', width: 'u32' });

/** A matrix, the norm before it, and where its transpose stands. Places and strides are in vec4s. */
export const transposedMatrix = new Struct('TransposedMatrix', {
  matrix: 'u32',
  place: 'u32',
  /** `NO_NORM` for none. */
  norm: 'u32',
  outputs: 'u32',
  inputs: 'u32',
  /** Of the transpose. */
  stride: 'u32',
  /** Of the matrix as it is, in half precision only. */
  copy: 'u32',
  pad: 'u32',
});

export const NO_NORM = 0xffffffff;

/** A matrix that takes the weight of the norm before it. Places are in vec4s. */
export const normedMatrix = new Struct('NormedMatrix', { matrix: 'u32', norm: 'u32', outputs: 'u32', inputs: 'u32' });

const structs = [
  ...[dims, token, rewardedSequence, generatedSequence, sampling, policy, hyper],
  ...[linearShape, weightShape, rmsShape, decodeShape, transposedMatrix, normedMatrix],
];

/** Declarations of the structs that a kernel names. */
export const declarations = (source: string): string[] =>
  structs.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(source)).map(({ wgsl }) => wgsl);
