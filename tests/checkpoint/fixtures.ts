import * as v from 'valibot';
import { writeOnnx } from '../../src/checkpoint/onnx';
import type { OnnxAgent, RunFormat, RunSnapshot } from '../../src/checkpoint/snapshot';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import type { AgentState } from '../../src/model/state';
import { Random } from '../../src/random/philox';

/** Odd sizes, so that the layout has gaps between its groups. */
export const smallConfig: LlamaConfig = {
  vocab_size: 11,
  hidden_size: 16,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
};

/** Every tensor random, gaps zero: the state that an engine leaves. */
export function agentState(seed: number, config = smallConfig): AgentState {
  const layout = parameterLayout(config);
  const random = new Random(seed, 'weights');
  const fill = (draw: () => number) => {
    const values = new Float32Array(layout.size);
    for (const { offset, size } of layout.tensors) for (let i = 0; i < size; i++) values[offset + i] = draw();
    return values;
  };
  const signed = () => random.uniform() - 0.5;
  return {
    config,
    parameters: fill(signed),
    firstMoment: fill(signed),
    secondMoment: fill(() => random.uniform()),
    reference: fill(signed),
    updates: 17,
  };
}

/** The same model as ONNX Runtime runs it. */
export function onnxAgent({ config, parameters }: AgentState): OnnxAgent {
  return { config, onnx: writeOnnx({ config, parameters }, { precision: 'f32' }) };
}

export interface Config {
  seed: number;
}
export interface Metrics {
  step: number;
  loss: number;
}
export interface Evaluation {
  step: number;
  asr: number;
}
export interface Measured {
  evaluation: Evaluation;
  digits: string;
}

const evaluation = v.object({ step: v.number(), asr: v.number() });

export const format: RunFormat<Config, Metrics, Evaluation, Measured> = {
  configVersion: 3,
  oldestConfigVersion: 3,
  config: v.object({ seed: v.number() }),
  metrics: v.object({ step: v.number(), loss: v.number() }),
  evaluation,
  measured: v.object({ evaluation, digits: v.string() }),
  total: () => 100,
  contradiction: (_, { evaluations }) => (evaluations.some(({ asr }) => asr > 1) ? 'a rate is above 1' : null),
};

export function snapshot(run: string, step: number): RunSnapshot<Config, Metrics, Evaluation, Measured> {
  return {
    run,
    name: `Run ${run}`,
    config: { seed: 5 },
    task: { name: 'masquerade', level: 'tiny', version: 2, hash: 'abc' },
    step,
    finished: false,
    metrics: Array.from({ length: step }, (_, i) => ({ step: i + 1, loss: 1 / (i + 3) })),
    evaluations: Array.from({ length: 1 + Math.floor(step / 10) }, (_, i) => ({ step: 10 * i, asr: 0.1 * i })),
    measured: step < 5 ? [] : [{ evaluation: { step: 5, asr: 0.3 }, digits: '0110' }],
    agents: { conversation: agentState(step), feedback: agentState(step + 1000) },
    tokenizer: { version: '1.0', added_tokens: [] },
    provenance: { adapter: 'SwiftShader', build: 'test', variants: { matmul: 'plain' } },
    counters: { prompts: step },
  };
}
