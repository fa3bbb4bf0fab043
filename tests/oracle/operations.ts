/**
 * The decoder's operations and their derivatives in double precision: plain loops, nothing clever, so that they can be
 * read against the formulas. Matrices are row-major; weights are [out, in] as in Hugging Face Llama. A `Backward` adds
 * to the weight's gradient and returns the input's.
 */

/** Row id of the embedding [vocabulary, width] for each id → [ids, width]. */
export function embed(ids: readonly number[], embedding: Float64Array, width: number): Float64Array {
  const x = new Float64Array(ids.length * width);
  ids.forEach((id, row) => x.set(embedding.subarray(id * width, (id + 1) * width), row * width));
  return x;
}

/** Adds to the embedding's gradient. */
export function embedBackward(ids: readonly number[], dx: Float64Array, dEmbedding: Float64Array, width: number): void {
  ids.forEach((id, row) => {
    for (let i = 0; i < width; i++) dEmbedding[id * width + i] += dx[row * width + i];
  });
}

/** x [rows, inner] · wᵀ, w [out, inner] → [rows, out]. */
export function linear(x: Float64Array, w: Float64Array, inner: number): Float64Array {
  const rows = x.length / inner;
  const out = w.length / inner;
  const y = new Float64Array(rows * out);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let i = 0; i < inner; i++) sum += x[r * inner + i] * w[o * inner + i];
      y[r * out + o] = sum;
    }
  }
  return y;
}

export function linearBackward(
  dy: Float64Array,
  x: Float64Array,
  w: Float64Array,
  dw: Float64Array,
  inner: number,
): Float64Array {
  const rows = x.length / inner;
  const out = w.length / inner;
  const dx = new Float64Array(x.length);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < out; o++) {
      const d = dy[r * out + o];
      if (d === 0) continue;
      for (let i = 0; i < inner; i++) {
        dw[o * inner + i] += d * x[r * inner + i];
        dx[r * inner + i] += d * w[o * inner + i];
      }
    }
  }
  return dx;
}

/** 1 / sqrt(mean(x²) + eps) of one row. */
export function inverseRms(x: Float64Array, row: number, width: number, eps: number): number {
  let squares = 0;
  for (let i = 0; i < width; i++) squares += x[row * width + i] ** 2;
  return 1 / Math.sqrt(squares / width + eps);
}

/** w · x / rms(x), row by row; x [rows, width], w [width]. */
export function rmsNorm(x: Float64Array, w: Float64Array, eps: number): Float64Array {
  const width = w.length;
  const y = new Float64Array(x.length);
  for (let r = 0; r < x.length / width; r++) {
    const inverse = inverseRms(x, r, width, eps);
    for (let i = 0; i < width; i++) y[r * width + i] = w[i] * x[r * width + i] * inverse;
  }
  return y;
}

export function rmsNormBackward(
  dy: Float64Array,
  x: Float64Array,
  w: Float64Array,
  dw: Float64Array,
  eps: number,
): Float64Array {
  const width = w.length;
  const dx = new Float64Array(x.length);
  for (let r = 0; r < x.length / width; r++) {
    const inverse = inverseRms(x, r, width, eps);
    let along = 0; // Σ dy·w·x: the part of the gradient that only rescales the row
    for (let i = 0; i < width; i++) {
      const at = r * width + i;
      dw[i] += dy[at] * x[at] * inverse;
      along += dy[at] * w[i] * x[at];
    }
    for (let i = 0; i < width; i++) {
      const at = r * width + i;
      dx[at] = inverse * (dy[at] * w[i] - (x[at] * along * inverse ** 2) / width);
    }
  }
  return dx;
}

/**
 * Rotary position embedding, half-split as in Hugging Face: dimension i turns with i + headDim/2. x [rows, heads·headDim],
 * row = position. `direction` −1 turns back, which is also the derivative.
 */
export function rotate(
  x: Float64Array,
  heads: number,
  headDim: number,
  theta: number,
  direction: 1 | -1,
): Float64Array {
  const half = headDim / 2;
  const y = new Float64Array(x.length);
  for (let position = 0; position < x.length / (heads * headDim); position++) {
    for (let h = 0; h < heads; h++) {
      const base = (position * heads + h) * headDim;
      for (let i = 0; i < half; i++) {
        const angle = direction * position * theta ** ((-2 * i) / headDim);
        const a = x[base + i];
        const b = x[base + i + half];
        y[base + i] = a * Math.cos(angle) - b * Math.sin(angle);
        y[base + i + half] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
  }
  return y;
}

export interface AttentionShape {
  heads: number;
  /** Key/value heads: query head h reads head floor(h / (heads / kvHeads)). */
  kvHeads: number;
  headDim: number;
}

/** Scaled scores of one query: over positions 0 … position. */
export function attentionScores(
  q: Float64Array,
  k: Float64Array,
  shape: AttentionShape,
  position: number,
  h: number,
): number[] {
  const { heads, kvHeads, headDim } = shape;
  const kvHead = Math.floor(h / (heads / kvHeads));
  const scores: number[] = [];
  for (let s = 0; s <= position; s++) {
    let dot = 0;
    for (let i = 0; i < headDim; i++) {
      dot += q[(position * heads + h) * headDim + i] * k[(s * kvHeads + kvHead) * headDim + i];
    }
    scores.push(dot / Math.sqrt(headDim));
  }
  return scores;
}

/** Causal softmax weights of one query. */
const attentionWeights = (...query: Parameters<typeof attentionScores>) => softmax(attentionScores(...query));

/** q [rows, heads·headDim], k and v [rows, kvHeads·headDim] → [rows, heads·headDim]. */
export function attention(q: Float64Array, k: Float64Array, v: Float64Array, shape: AttentionShape): Float64Array {
  const { heads, kvHeads, headDim } = shape;
  const y = new Float64Array(q.length);
  for (let position = 0; position < q.length / (heads * headDim); position++) {
    for (let h = 0; h < heads; h++) {
      const kvHead = Math.floor(h / (heads / kvHeads));
      const weights = attentionWeights(q, k, shape, position, h);
      weights.forEach((weight, s) => {
        for (let i = 0; i < headDim; i++) {
          y[(position * heads + h) * headDim + i] += weight * v[(s * kvHeads + kvHead) * headDim + i];
        }
      });
    }
  }
  return y;
}

export function attentionBackward(
  dy: Float64Array,
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  shape: AttentionShape,
): { dq: Float64Array; dk: Float64Array; dv: Float64Array } {
  const { heads, kvHeads, headDim } = shape;
  const dq = new Float64Array(q.length);
  const dk = new Float64Array(k.length);
  const dv = new Float64Array(v.length);
  for (let position = 0; position < q.length / (heads * headDim); position++) {
    for (let h = 0; h < heads; h++) {
      const kvHead = Math.floor(h / (heads / kvHeads));
      const weights = attentionWeights(q, k, shape, position, h);
      const at = (position * heads + h) * headDim;
      const dWeights = weights.map((weight, s) => {
        const kv = (s * kvHeads + kvHead) * headDim;
        let dWeight = 0;
        for (let i = 0; i < headDim; i++) {
          dWeight += dy[at + i] * v[kv + i];
          dv[kv + i] += weight * dy[at + i];
        }
        return dWeight;
      });
      const mean = weights.reduce((sum, weight, s) => sum + weight * dWeights[s], 0);
      weights.forEach((weight, s) => {
        const dScore = (weight * (dWeights[s] - mean)) / Math.sqrt(headDim);
        const kv = (s * kvHeads + kvHead) * headDim;
        for (let i = 0; i < headDim; i++) {
          dq[at + i] += dScore * k[kv + i];
          dk[kv + i] += dScore * q[at + i];
        }
      });
    }
  }
  return { dq, dk, dv };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** silu(gate) · up. */
export function swiglu(gate: Float64Array, up: Float64Array): Float64Array {
  return gate.map((g, i) => g * sigmoid(g) * up[i]);
}

export function swigluBackward(
  dy: Float64Array,
  gate: Float64Array,
  up: Float64Array,
): { dGate: Float64Array; dUp: Float64Array } {
  const dGate = gate.map((g, i) => dy[i] * up[i] * sigmoid(g) * (1 + g * (1 - sigmoid(g))));
  const dUp = gate.map((g, i) => dy[i] * g * sigmoid(g));
  return { dGate, dUp };
}

/** log Σ exp. */
export function logSumExp(row: ArrayLike<number>): number {
  let max = -Infinity;
  for (let i = 0; i < row.length; i++) max = Math.max(max, row[i]);
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i] - max);
  return max + Math.log(sum);
}

export function softmax(row: ArrayLike<number>): number[] {
  const total = logSumExp(row);
  return Array.from(row, (x) => Math.exp(x - total));
}
