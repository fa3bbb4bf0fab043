import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-webgpu';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { adam } from '../../src/model/adam';
import { training, type Start, type TrainingContender } from '../contender';

type Weights = Record<string, tf.Variable>;

/** Constants of the model, made once: rotary tables [length, 1, headDim] and the causal mask [length, length]. */
type Constants = Record<'cos' | 'sin' | 'mask', tf.Tensor>;

function constants({ head_dim, rope_theta }: LlamaConfig, length: number): Constants {
  const table = (wave: (angle: number) => number) =>
    tf.tensor(
      Float32Array.from({ length: length * head_dim }, (_, at) => {
        const pair = (at % head_dim) % (head_dim / 2);
        return wave(Math.floor(at / head_dim) / rope_theta ** ((2 * pair) / head_dim));
      }),
      [length, 1, head_dim],
    );
  const mask = Float32Array.from({ length: length * length }, (_, at) =>
    at % length <= Math.floor(at / length) ? 0 : -1e9,
  );
  return { cos: table(Math.cos), sin: table(Math.sin), mask: tf.tensor(mask, [length, length]) };
}

/** x [tokens, in] · weight [out, in]ᵀ. */
const linear = (x: tf.Tensor, weight: tf.Tensor) => tf.matMul(x, weight, false, true);

function rmsNorm(x: tf.Tensor, weight: tf.Tensor, eps: number): tf.Tensor {
  const square = tf.mean(tf.square(x), -1, true);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(square, eps))), weight);
}

function rotate(x: tf.Tensor, { cos, sin }: Constants): tf.Tensor {
  const [left, right] = tf.split(x, 2, -1);
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(right), left], -1), sin));
}

const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));

/** ids [batch · length] ↦ logits [batch · length, vocabulary]. */
function logits(config: LlamaConfig, weight: Weights, made: Constants, ids: tf.Tensor1D, batch: number): tf.Tensor {
  const { num_attention_heads: heads, num_key_value_heads, head_dim: size, rms_norm_eps: eps, hidden_size } = config;
  if (num_key_value_heads !== heads) throw new Error('This peer has a key head for each query head.');
  const length = ids.size / batch;
  const perHead = (x: tf.Tensor) => tf.transpose(x, [0, 2, 1, 3]);
  const embedding = weight['model.embed_tokens.weight'];
  let x: tf.Tensor = tf.gather(embedding, ids);
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const w = (name: string) => weight[`model.layers.${l}.${name}.weight`];
    const a = rmsNorm(x, w('input_layernorm'), eps);
    const project = (name: string) => tf.reshape(linear(a, w(name)), [batch, length, heads, size]);
    const q = perHead(rotate(project('self_attn.q_proj'), made));
    const k = perHead(rotate(project('self_attn.k_proj'), made));
    const v = perHead(project('self_attn.v_proj'));
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(size)), made.mask);
    const attended = tf.reshape(perHead(tf.matMul(tf.softmax(scores), v)), [batch * length, hidden_size]);
    x = tf.add(x, linear(attended, w('self_attn.o_proj')));
    const m = rmsNorm(x, w('post_attention_layernorm'), eps);
    const gated = tf.mul(silu(linear(m, w('mlp.gate_proj'))), linear(m, w('mlp.up_proj')));
    x = tf.add(x, linear(gated, w('mlp.down_proj')));
  }
  return linear(rmsNorm(x, weight['model.norm.weight'], eps), embedding);
}

/** TensorFlow.js has no gather along an axis with a gradient: the chosen logits are picked with a one-hot mask. */
function crossEntropy(scores: tf.Tensor, targets: tf.Tensor1D, vocabulary: number): tf.Scalar {
  const chosen = tf.sum(tf.mul(scores, tf.oneHot(targets, vocabulary)), -1);
  return tf.mean(tf.sub(tf.logSumExp(scores, -1), chosen));
}

/** As `Optimizer.applyGradients` takes them. */
function clipped(gradients: tf.NamedTensorMap): { name: string; tensor: tf.Tensor }[] {
  // tf.addN would bind them all at once, which is more than WebGPU's default limit allows.
  const squares = Object.values(gradients).map((g) => tf.sum(tf.square(g)));
  const norm = tf.sqrt(squares.reduce((a, b) => tf.add(a, b)));
  const scale = tf.minimum(1, tf.div(training.gradientClip, tf.add(norm, 1e-6)));
  return Object.entries(gradients).map(([name, g]) => ({ name, tensor: tf.mul(g, scale) }));
}

export async function openTraining(start: Start, { length }: { length: number }): Promise<TrainingContender> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js has no WebGPU backend in this browser.');
  const { config, parameters } = start;
  const weights: Weights = Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape, offset, size }) => [
      name,
      tf.variable(tf.tensor(parameters.slice(offset, offset + size), shape), true, name),
    ]),
  );
  const made = constants(config, length);
  const optimizer = tf.train.adam(training.learningRate, adam.beta1, adam.beta2, adam.epsilon);
  return {
    name: 'TensorFlow.js (webgpu)',
    async train(batch) {
      const loss = tf.tidy(() => {
        const ids = tf.tensor1d(
          batch.flatMap((sequence) => sequence.slice(0, -1)),
          'int32',
        );
        const targets = tf.tensor1d(
          batch.flatMap((sequence) => sequence.slice(1)),
          'int32',
        );
        const { value, grads } = tf.variableGrads(() =>
          crossEntropy(logits(config, weights, made, ids, batch.length), targets, config.vocab_size),
        );
        optimizer.applyGradients(clipped(grads));
        return value;
      });
      const [value] = await loss.data();
      loss.dispose();
      return value;
    },
    dispose() {
      optimizer.dispose();
      tf.dispose([weights, made]);
    },
  };
}
