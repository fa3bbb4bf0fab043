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
  /** Called at most once for each place where the weight is used; null for one that is frozen. */
  learn: ((gradient: string) => void) | null;
  /** Of a matrix: what low-rank adapters add to it, none if left out. */
  adapters?: readonly Adapter[];
}

/** What is added to some of a matrix's outputs: scale · B·A·x (`src/model/lora.ts`). */
export interface Adapter {
  /** The first of its outputs in the matrix. */
  from: number;
  /** [rank, in] and [its outputs, rank] */
  a: Weight;
  b: Weight;
  scale: number;
}

/** A block whose backward pass can add to its result a gradient that came another way. */
interface LinearBlock extends Block {
  backward: (gradient: string, plus?: string) => string;
}

/** x [n, in] · wᵀ, w [out, in], and `plus` [n, out], whose gradient is that of the output. */
export function linear(g: GraphBuilder, x: string, weight: Weight, plus?: string): LinearBlock {
  const added = (weight.adapters ?? []).map((adapter) => lowRank(g, x, adapter));
  const whole = g.product(x, weight.value, { turnB: true, ...(plus !== undefined && { plus }) });
  return {
    output: added.length === 0 ? whole : g.add(whole, sideBySide(g, x, weight, added)),
    backward(gradient, other) {
      weight.learn?.(ofMatrix(g, gradient, x, weight));
      const own = g.product(gradient, weight.value, other === undefined ? {} : { plus: other });
      return added.reduce((sum, { from, outputs, backward }) => {
        const isAll = outputs === weight.shape[0];
        return backward(isAll ? gradient : columns(g, gradient, from, from + outputs), sum);
      }, own);
    },
  };
}

/** scale · x·Aᵀ·Bᵀ [n, outputs]; its backward pass adds to a gradient of x. */
function lowRank(g: GraphBuilder, x: string, { from, a, b, scale }: Adapter) {
  const factor = g.scalar(scale);
  const inner = g.mul(g.product(x, a.value, { turnB: true }), factor);
  return {
    ...{ from, outputs: b.shape[0], output: g.product(inner, b.value, { turnB: true }) },
    backward: (gradient: string, plus: string): string => {
      b.learn?.(ofMatrix(g, gradient, inner, b));
      const dInner = g.mul(g.product(gradient, b.value), factor);
      a.learn?.(ofMatrix(g, dInner, x, a));
      return g.product(dInner, a.value, { plus });
    },
  };
}

/** What adapters add to all outputs of a matrix, zero where none has any. */
function sideBySide(
  g: GraphBuilder,
  x: string,
  { shape: [outputs] }: Weight,
  added: readonly { from: number; outputs: number; output: string }[],
): string {
  const parts: string[] = [];
  let at = 0;
  const zeros = (count: number) => {
    if (count === 0) return;
    const rows = g.op('Shape', [x], { start: 0, end: 1 });
    parts.push(g.op('ConstantOfShape', [g.op('Concat', [rows, g.integers([count])], { axis: 0 })]));
  };
  for (const part of added.toSorted((a, b) => a.from - b.from)) {
    zeros(part.from - at);
    parts.push(part.output);
    at = part.from + part.outputs;
  }
  zeros(outputs - at);
  return parts.length === 1 ? parts[0] : g.op('Concat', parts, { axis: 1 });
}

function columns(g: GraphBuilder, values: string, from: number, end: number): string {
  return g.op('Slice', [values, g.integers([from]), g.integers([end]), g.integers([1])]);
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
      weight.learn?.(g.op('Reshape', [g.product(inverse, matched, { turnA: true }), g.integers([hidden])]));
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
      return gates.backward(dGate, ups.backward(dUp));
    },
  };
}
