import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import type { AgentState } from '../../src/model/state';
import type { TokenRules } from '../../src/model/token-rules';
import type { Completion, GenerateOptions, PolicySample, UpdateOptions, UpdateReport } from '../../src/model/agent';
import { backward, forward, type Model, type Trace } from './decoder';
import {
  clippedSurrogate,
  crossEntropy,
  logitsAt,
  throughLogprobs,
  tokenAdvantages,
  tokenEntropies,
  tokenLogprobs,
} from './losses';
import { softmax } from './operations';
import { adamw, clipScale, globalNorm, type AdamW } from './optimizer';
import { draw, greedy, sample } from './sampling';

/** `AgentState` in double precision. */
export interface OracleState extends Model, AdamW {
  reference: Float64Array;
}

export function oracleState(state: AgentState): OracleState {
  return {
    config: state.config,
    layout: parameterLayout(state.config),
    parameters: Float64Array.from(state.parameters),
    firstMoment: Float64Array.from(state.firstMoment),
    secondMoment: Float64Array.from(state.secondMoment),
    reference: Float64Array.from(state.reference),
    updates: state.updates,
  };
}

/** Seeded weights of a sensible size (norms near 1), without moments; `scale` is the deviation of the matrices. */
export function randomState(config: LlamaConfig, random: () => number, scale = 0.2): AgentState {
  const layout = parameterLayout(config);
  const parameters = new Float32Array(layout.size);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (const { shape, offset, size } of layout.tensors) {
    for (let i = offset; i < offset + size; i++)
      parameters[i] = shape.length === 1 ? 1 + 0.1 * normal() : scale * normal();
  }
  return {
    config,
    parameters,
    firstMoment: new Float32Array(layout.size),
    secondMoment: new Float32Array(layout.size),
    reference: parameters.slice(),
    updates: 0,
  };
}

export interface Example {
  ids: readonly number[];
  /** Weight of each token as a target. */
  weights: readonly number[];
}

/** Gradient of a loss whose slope by every token's log-probability is known. */
function gradientOf(model: Model, traces: readonly Trace[], slopes: readonly number[][]): Float64Array {
  const gradient = new Float64Array(model.layout.size);
  traces.forEach((trace, s) => backward(model, trace, throughLogprobs(trace, slopes[s]), gradient));
  return gradient;
}

export function superviseGradient(
  model: Model,
  examples: readonly Example[],
): { loss: number; gradient: Float64Array } {
  const traces = examples.map(({ ids }) => forward(model, ids));
  const { loss, slopes } = crossEntropy(
    traces.map(tokenLogprobs),
    examples.map(({ weights }) => weights),
  );
  return { loss, gradient: gradientOf(model, traces, slopes) };
}

/** One cross-entropy AdamW step, in place. */
export function supervise(
  state: OracleState,
  examples: readonly Example[],
  { learningRate, gradientClip }: { learningRate: number; gradientClip: number },
): { loss: number; grad_norm: number } {
  const { loss, gradient } = superviseGradient(state, examples);
  const grad_norm = globalNorm(gradient);
  adamw(state, gradient, clipScale(grad_norm, gradientClip), learningRate);
  return { loss, grad_norm };
}

/** `Agent.update`, in place. `losses` holds one per update of the batch; entropy is of π_old. */
export function updatePolicy(
  state: OracleState,
  samples: readonly PolicySample[],
  options: UpdateOptions,
): Omit<UpdateReport, 'loss'> & { losses: number[] } {
  const run = () => samples.map(({ ids }) => forward(state, ids));
  let traces = run();
  const old = traces.map(tokenLogprobs);
  const reference = samples.map(({ ids }) => tokenLogprobs(forward({ ...state, parameters: state.reference }, ids)));
  const advantages = tokenAdvantages(samples, old, reference, options);
  const learnable = <T>(rows: readonly T[][]) => rows.flatMap((row, s) => row.slice(samples[s].learnableFrom));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const entropy = mean(learnable(traces.map(tokenEntropies)));
  const losses: number[] = [];
  let grad_norm = 0;
  let clipped = 0;
  for (let u = 0; u < options.updatesPerBatch; u++) {
    if (u > 0) traces = run();
    const surrogate = clippedSurrogate(samples, traces.map(tokenLogprobs), old, advantages, options);
    const gradient = gradientOf(state, traces, surrogate.slopes);
    grad_norm = globalNorm(gradient);
    clipped = surrogate.clipped;
    losses.push(surrogate.loss);
    adamw(state, gradient, clipScale(grad_norm, options.gradientClip), options.learningRate);
  }
  const tokens = advantages.flat().length;
  return {
    losses,
    kl: mean(learnable(old.map((row, s) => row.map((x, i) => x - reference[s][i])))),
    entropy,
    grad_norm,
    clip_ratio: clipped / tokens,
    tokens,
    advantages: advantages.map(mean),
  };
}

/** `Agent.generate` for one prompt, which is number `index` of its call. `margins`: see `Choice`, one per new token. */
export function generate(
  model: Model,
  prompt: readonly number[],
  index: number,
  { endTokens, suppressTokens = [] }: TokenRules,
  { maxNewTokens, temperature, draw: place, probes = [] }: GenerateOptions,
): Completion & { margins: number[] } {
  const ids = [...prompt];
  const logprobs: number[] = [];
  const margins: number[] = [];
  const probabilities: number[] = probes.map(() => NaN);
  while (logprobs.length < maxNewTokens && !(logprobs.length > 0 && endTokens.includes(ids.at(-1)!))) {
    const trace = forward(model, ids);
    const row = logitsAt(trace, ids.length - 1);
    probes.forEach(({ after, token }, p) => {
      if (ids.at(-1) === after) probabilities[p] = softmax(row)[token];
    });
    const counter = [place.step, place.rollouts[index], place.phase, logprobs.length] as const;
    const drawable = row.map((logit, id) => (suppressTokens.includes(id) ? -Infinity : logit));
    const { token, margin } =
      temperature === 0 ? greedy(drawable) : sample(drawable, temperature, draw(place.seed, place.stream, counter));
    logprobs.push(Math.log(softmax(row)[token]));
    margins.push(margin);
    ids.push(token);
  }
  return { ids, logprobs, probes: probabilities, margins };
}
