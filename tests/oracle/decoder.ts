import type { LlamaConfig } from '../../src/model/config';
import type { ParameterLayout } from '../../src/model/layout';
import {
  attention,
  attentionBackward,
  embed,
  embedBackward,
  linear,
  linearBackward,
  rmsNorm,
  rmsNormBackward,
  rotate,
  swiglu,
  swigluBackward,
} from './operations';

/** A Llama decoder in double precision, one sequence at a time: what the GPU engine is judged by. */
export interface Model {
  config: LlamaConfig;
  layout: ParameterLayout;
  /** Flat, in the order of `layout`; `layout.size` numbers. */
  parameters: Float64Array;
}

interface LayerTrace {
  input: Float64Array;
  attentionInput: Float64Array;
  q: Float64Array;
  k: Float64Array;
  v: Float64Array;
  attended: Float64Array;
  middle: Float64Array;
  mlpInput: Float64Array;
  gate: Float64Array;
  up: Float64Array;
  activated: Float64Array;
}

/** One sequence's forward pass, with what its backward pass needs. */
export interface Trace {
  ids: readonly number[];
  layers: LayerTrace[];
  output: Float64Array;
  normed: Float64Array;
  /** [ids.length, vocab_size]; row i predicts token i + 1. */
  logits: Float64Array;
}

/** A flat array's tensors by Hugging Face name, as views. */
export function tensors(layout: ParameterLayout, flat: Float64Array): (name: string) => Float64Array {
  const views = new Map(layout.tensors.map((t) => [t.name, flat.subarray(t.offset, t.offset + t.size)]));
  return (name) => {
    const view = views.get(name);
    if (!view) throw new Error(`No tensor ${name} in this layout.`);
    return view;
  };
}

const headName = (config: LlamaConfig) => (config.tie_word_embeddings ? 'model.embed_tokens.weight' : 'lm_head.weight');

const attentionShape = (config: LlamaConfig) => ({
  heads: config.num_attention_heads,
  kvHeads: config.num_key_value_heads,
  headDim: config.head_dim,
});

const add = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]);

export function forward({ config, layout, parameters }: Model, ids: readonly number[]): Trace {
  const { hidden_size: hidden, intermediate_size, rms_norm_eps: eps, rope_theta: theta, head_dim } = config;
  const { num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const weight = tensors(layout, parameters);
  let x = embed(ids, weight('model.embed_tokens.weight'), hidden);
  const layers: LayerTrace[] = [];
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const of = (name: string) => weight(`model.layers.${l}.${name}.weight`);
    const input = x;
    const attentionInput = rmsNorm(input, of('input_layernorm'), eps);
    const q = rotate(linear(attentionInput, of('self_attn.q_proj'), hidden), heads, head_dim, theta, 1);
    const k = rotate(linear(attentionInput, of('self_attn.k_proj'), hidden), kvHeads, head_dim, theta, 1);
    const v = linear(attentionInput, of('self_attn.v_proj'), hidden);
    const attended = attention(q, k, v, attentionShape(config));
    const middle = add(input, linear(attended, of('self_attn.o_proj'), hidden));
    const mlpInput = rmsNorm(middle, of('post_attention_layernorm'), eps);
    const gate = linear(mlpInput, of('mlp.gate_proj'), hidden);
    const up = linear(mlpInput, of('mlp.up_proj'), hidden);
    const activated = swiglu(gate, up);
    x = add(middle, linear(activated, of('mlp.down_proj'), intermediate_size));
    layers.push({ input, attentionInput, q, k, v, attended, middle, mlpInput, gate, up, activated });
  }
  const normed = rmsNorm(x, weight('model.norm.weight'), eps);
  return { ids, layers, output: x, normed, logits: linear(normed, weight(headName(config)), hidden) };
}

/** Adds to `gradient` (flat, in the order of the layout) the derivative of a loss whose derivative by the logits is given. */
export function backward(model: Model, trace: Trace, dLogits: Float64Array, gradient: Float64Array): void {
  const { config, layout, parameters } = model;
  const { hidden_size: hidden, intermediate_size, rms_norm_eps: eps, rope_theta: theta, head_dim } = config;
  const { num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const weight = tensors(layout, parameters);
  const grad = tensors(layout, gradient);
  const head = headName(config);
  const dNormed = linearBackward(dLogits, trace.normed, weight(head), grad(head), hidden);
  let dx = rmsNormBackward(dNormed, trace.output, weight('model.norm.weight'), grad('model.norm.weight'), eps);
  for (let l = config.num_hidden_layers - 1; l >= 0; l--) {
    const name = (part: string) => `model.layers.${l}.${part}.weight`;
    const throughLinear = (part: string, dy: Float64Array, x: Float64Array, inner = hidden) =>
      linearBackward(dy, x, weight(name(part)), grad(name(part)), inner);
    const throughNorm = (part: string, dy: Float64Array, x: Float64Array) =>
      rmsNormBackward(dy, x, weight(name(part)), grad(name(part)), eps);
    const layer = trace.layers[l];
    const dActivated = throughLinear('mlp.down_proj', dx, layer.activated, intermediate_size);
    const { dGate, dUp } = swigluBackward(dActivated, layer.gate, layer.up);
    const dMlpInput = add(
      throughLinear('mlp.gate_proj', dGate, layer.mlpInput),
      throughLinear('mlp.up_proj', dUp, layer.mlpInput),
    );
    const dMiddle = add(dx, throughNorm('post_attention_layernorm', dMlpInput, layer.middle));
    const dAttended = throughLinear('self_attn.o_proj', dMiddle, layer.attended);
    const { dq, dk, dv } = attentionBackward(dAttended, layer.q, layer.k, layer.v, attentionShape(config));
    const dAttentionInput = [
      throughLinear('self_attn.q_proj', rotate(dq, heads, head_dim, theta, -1), layer.attentionInput),
      throughLinear('self_attn.k_proj', rotate(dk, kvHeads, head_dim, theta, -1), layer.attentionInput),
      throughLinear('self_attn.v_proj', dv, layer.attentionInput),
    ].reduce(add);
    dx = add(dMiddle, throughNorm('input_layernorm', dAttentionInput, layer.input));
  }
  embedBackward(trace.ids, dx, grad('model.embed_tokens.weight'), hidden);
}
