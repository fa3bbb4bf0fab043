import { adam } from '../model/adam';

/** What AdamW changes, in place; all as flat as the parameters. */
export interface AdamState {
  parameters: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  /** Made so far. */
  updates: number;
}

/** The global L2 norm of a gradient, whose length is a multiple of 4. Four sums wait for each other less than one does. */
export function globalNorm(gradient: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < gradient.length; i += 4) {
    a += gradient[i] * gradient[i];
    b += gradient[i + 1] * gradient[i + 1];
    c += gradient[i + 2] * gradient[i + 2];
    d += gradient[i + 3] * gradient[i + 3];
  }
  return Math.sqrt(a + b + c + d);
}

/**
 * One update (Loshchilov & Hutter) on the gradient, clipped to a norm of `clip`. A loop here is faster than a graph: that
 * would go through memory once for each of ten operators, and moments would cross into the session and back.
 */
export function adamw(
  state: AdamState,
  gradient: Float32Array,
  { learningRate, norm, clip }: { learningRate: number; norm: number; clip: number },
): void {
  const { beta1, beta2, epsilon, decay } = adam;
  const { parameters, firstMoment, secondMoment } = state;
  const updates = ++state.updates;
  const scale = Math.min(1, clip / (norm + 1e-6));
  const correction1 = learningRate / (1 - beta1 ** updates);
  const correction2 = 1 / (1 - beta2 ** updates);
  const kept = 1 - learningRate * decay;
  for (let i = 0; i < parameters.length; i++) {
    const g = gradient[i] * scale;
    const m = beta1 * firstMoment[i] + (1 - beta1) * g;
    const v = beta2 * secondMoment[i] + (1 - beta2) * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    parameters[i] = parameters[i] * kept - (correction1 * m) / (Math.sqrt(v * correction2) + epsilon);
  }
}
