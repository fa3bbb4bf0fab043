import { byFeature, byToken, groups, input, linearKernel, output, pairs, quads, scaled, scales } from './linear-kernel';
import { cell, type Blocking } from './product';

/**
 * SwiGLU's first half on normed x: gate and up projections, and silu(gate) · up. `outputs` is twice the intermediate
 * size, a multiple of 8. gateUp is [2, inner] by feature, y in both layouts. Bindings: dims, shape, x, m, inverse, gateUp, y, yByToken.
 */
export const linearSwiglu = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-swiglu',
    blocking,
    bindings: `${input(4, 'inverse', 'f32')}\n${output(5, 'gateUp')}\n${output(6, 'y')}\n${output(7, 'yByToken')}`,
    group: `let half = shape.outputs / 8u; return min(g / 2u, half - 1u) + (g % 2u) * half;`,
    store: `${scaled(blocking)}\n${pairs(blocking, '8u * pair < shape.outputs', (low, high) =>
      [
        byFeature(blocking, 'gateUp', '4u * pair', low),
        byFeature(blocking, 'gateUp', '(shape.outputs / 2u + 4u * pair)', high),
        quads(blocking, (e, c) => `    ${low(e, c)} = ${low(e, c)} / (1.0 + exp(-${low(e, c)})) * ${high(e, c)};`),
        byFeature(blocking, 'y', '4u * pair', low),
        byToken(blocking, 'yByToken', (item) => `${item} * (shape.outputs / 8u) + pair`, low),
      ].join('\n'),
    )}`,
  });

/**
 * Through the down projection and SwiGLU at once: from the gradient of the down projection's result to that of gate and
 * up, by feature, and by token times 1 / rms, as the weight gradient of a normed layer wants it. `outputs` is the
 * intermediate size. Bindings: dims, shape, x, m, gateUp, inverse, dGateUp, dGateUpByToken.
 */
export const linearSwigluBackward = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-swiglu-backward',
    blocking,
    bindings: `${input(4, 'gateUp')}\n${input(5, 'inverse', 'f32')}\n${output(6, 'dGateUp')}\n${output(7, 'dGateUpByToken')}`,
    // Group after group, so that little is alive at a time: some drivers' compilers take very long over much of it.
    store: `${scales(blocking)}\n${groups(blocking, (r) => {
      const feature = `4u * (top + ${r}u)`;
      const gate = (e: number, c: number) => cell(4 * r + e, c);
      const up = (e: number, c: number) => `up_${e}_${c}`;
      const token = (item: string) => `${item} * (shape.outputs / 2u) + top + ${r}u`;
      return [
        quads(blocking, (e, c) => `    var ${up(e, c)} = vec4f();`),
        quads(
          blocking,
          (e, c) => /* wgsl */ `    {
      let at = (${feature} + ${e}u) * deep + item / 4u + ${c}u;
      let gate = gateUp[at];
      let sigmoid = 1.0 / (1.0 + exp(-gate));
      ${up(e, c)} = ${gate(e, c)} * gate * sigmoid;
      ${gate(e, c)} *= gateUp[at + shape.outputs * deep] * sigmoid * (1.0 + gate * (1.0 - sigmoid));
    }`,
        ),
        byFeature(blocking, 'dGateUp', feature, gate),
        byFeature(blocking, 'dGateUp', `(shape.outputs + ${feature})`, up),
        quads(blocking, (e, c) => `    ${gate(e, c)} *= scale_${c};\n    ${up(e, c)} *= scale_${c};`),
        byToken(blocking, 'dGateUpByToken', token, gate),
        byToken(blocking, 'dGateUpByToken', (item) => `${token(item)} + shape.outputs / 4u`, up),
      ].join('\n');
    })}`,
  });
