/** L2 norm over all parameters. */
export function globalNorm(gradient: Float64Array): number {
  return Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
}

/** As `torch.nn.utils.clip_grad_norm_`. */
export function clipScale(norm: number, clip: number): number {
  return Math.min(1, clip / (norm + 1e-6));
}

export interface AdamW {
  parameters: Float64Array;
  firstMoment: Float64Array;
  secondMoment: Float64Array;
  /** Updates made so far. */
  updates: number;
}

export const BETA1 = 0.9;
export const BETA2 = 0.95;
export const EPSILON = 1e-8;

/** One AdamW update with bias correction and decoupled weight decay, in place. */
export function adamw(
  state: AdamW,
  gradient: Float64Array,
  scale: number,
  learningRate: number,
  weightDecay = 0,
): void {
  const { parameters, firstMoment, secondMoment } = state;
  state.updates++;
  const first = 1 - BETA1 ** state.updates;
  const second = 1 - BETA2 ** state.updates;
  for (let i = 0; i < parameters.length; i++) {
    const g = scale * gradient[i];
    firstMoment[i] = BETA1 * firstMoment[i] + (1 - BETA1) * g;
    secondMoment[i] = BETA2 * secondMoment[i] + (1 - BETA2) * g * g;
    const step = firstMoment[i] / first / (Math.sqrt(secondMoment[i] / second) + EPSILON);
    parameters[i] -= learningRate * (step + weightDecay * parameters[i]);
  }
}
