import type { GraphBuilder } from './builder';

/** A part of the forward pass. `backward` adds the nodes that take the gradient of its output to that of its input. */
export interface Block {
  output: string;
  backward: (gradient: string) => string;
}

/** A parameter in the graph, and what takes its gradient. */
export interface Weight {
  value: string;
  shape: readonly number[];
  /** Called at most once for each place where the weight is used. */
  learn: (gradient: string) => void;
}

/** x [n, in] · wᵀ, w [out, in], and `plus` [n, out], whose gradient is that of the output. */
export function linear(g: GraphBuilder, x: string, weight: Weight, plus?: string): Block {
  return {
    output: g.product(x, weight.value, { turnB: true, ...(plus !== undefined && { plus }) }),
    backward(gradient) {
      weight.learn(ofMatrix(g, gradient, x, weight));
      return g.product(gradient, weight.value);
    },
  };
}

/**
 * The gradient of a matrix [out, in] from those of its outputs [n, out] and its inputs [n, in]. WebAssembly is slower at a product
 * whose turned factor is the wider one, and turning the result is cheap.
 */
function ofMatrix(g: GraphBuilder, gradient: string, x: string, { shape: [outputs, inputs] }: Weight): string {
  if (outputs <= inputs) return g.product(gradient, x, { turnA: true });
  return g.op('Transpose', [g.product(x, gradient, { turnA: true })], { perm: [1, 0] });
}

/** RMSNorm of x [n, hidden]. With `plus` [n, hidden], backward adds to its result a gradient that came another way. */
export function rmsNorm(g: GraphBuilder, x: string, weight: Weight, hidden: number, epsilon: number) {
  const [output, inverse] = g.ops('SimplifiedLayerNormalization', 2, [x, weight.value], {
    ...{ axis: -1, epsilon: { float: epsilon }, stash_type: 1 },
  });
  return {
    output,
    // With r = 1 / rms and y = r·x·w: dx = r·w·dy − x·r³·⟨w·dy, x⟩ / hidden, dw = Σ r·x·dy.
    backward(gradient: string, plus?: string): string {
      const matched = g.mul(gradient, x);
      weight.learn(g.op('Reshape', [g.product(inverse, matched, { turnA: true }), g.integers([hidden])]));
      const along = g.op('MatMul', [matched, g.reshape(weight.value, [hidden, 1])]);
      const cubed = g.mul(g.mul(inverse, inverse), g.mul(inverse, g.scalar(1 / hidden)));
      const radial = g.mul(x, g.mul(along, cubed));
      const scaled = g.mul(g.mul(gradient, weight.value), inverse);
      const through = g.sub(scaled, radial);
      return plus === undefined ? through : g.add(through, plus);
    },
  };
}

/** silu(x · gateᵀ) · (x · upᵀ). */
export function swiglu(g: GraphBuilder, x: string, gate: Weight, up: Weight): Block {
  const gates = linear(g, x, gate);
  const ups = linear(g, x, up);
  const sigmoid = g.op('Sigmoid', [gates.output]);
  const silu = g.mul(gates.output, sigmoid);
  return {
    output: g.mul(silu, ups.output),
    // silu′ = σ + silu·(1 − σ)
    backward(gradient) {
      const slope = g.add(g.sub(silu, g.mul(silu, sigmoid)), sigmoid);
      const dGate = g.mul(g.mul(gradient, ups.output), slope);
      const dUp = g.mul(gradient, silu);
      gate.learn(ofMatrix(g, dGate, x, gate));
      up.learn(ofMatrix(g, dUp, x, up));
      return g.product(dGate, gate.value, { plus: g.product(dUp, up.value) });
    },
  };
}
