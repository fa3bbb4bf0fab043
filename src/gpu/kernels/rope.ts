import type { Kernel } from '../kernel';
import type { AttentionShape } from './attention';
import { input, linearKernel, ofItem, output, pairs, scaled } from './linear-kernel';
import { each, type Blocking } from './product';

/**
 * Queries, keys and values of normed x, the first two rotated by their position (RoPE, half-split convention), keys and
 * values put into their slots (attention.ts). Bindings: dims, shape, x, m, inverse, tokens, rotation, q, kv.
 */
export function linearRope(blocking: Blocking, { heads, kvHeads, headDim }: AttentionShape): Kernel {
  const half = headDim / 8;
  return linearKernel({
    name: 'linear-rope',
    blocking,
    bindings: /* wgsl */ `
${input(4, 'inverse', 'f32')}
${input(5, 'tokens', 'Token')}
${input(6, 'rotation')}
${output(7, 'q')}
${output(8, 'kv')}
fn put(t: u32, pair: u32, low: vec4f, high: vec4f) {
  let token = tokens[t];
  let head = pair / ${half}u;
  let i = pair % ${half}u;
  if (head < ${heads + kvHeads}u) {
    let turn = token.position * ${2 * half}u + i;
    let cosine = rotation[turn];
    let sine = rotation[turn + ${half}u];
    place(t, token, head, i, low * cosine - high * sine, high * cosine + low * sine);
  } else {
    place(t, token, head, i, low, high);
  }
}
fn place(t: u32, token: Token, head: u32, i: u32, low: vec4f, high: vec4f) {
  if (head < ${heads}u) {
    let to = (t * ${heads}u + head) * ${2 * half}u + i;
    q[to] = low;
    q[to + ${half}u] = high;
  } else {
    let to = ((token.base + token.position) * ${2 * kvHeads}u + head - ${heads}u) * ${2 * half}u + i;
    kv[to] = low;
    kv[to + ${half}u] = high;
  }
}`,
    group: `let pair = min(g / 2u, shape.outputs / 8u - 1u); return pair / ${half}u * ${2 * half}u + pair % ${half}u + (g % 2u) * ${half}u;`,
    store: `${scaled(blocking)}\n${pairs(blocking, '8u * pair < shape.outputs', (low, high) =>
      each(blocking.columns, (t) => {
        const at = `(item + ${t}u)`;
        return `    if (${at} < count) { put(${at}, pair, ${ofItem(t, low)}, ${ofItem(t, high)}); }`;
      }),
    )}`,
  });
}
