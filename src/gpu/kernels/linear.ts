import { byFeature, byToken, groups, input, linearKernel, output, quads, scaled } from './linear-kernel';
import { cell, type Blocking } from './product';

/** y = x · m, by feature. Bindings: dims, shape, x, m, y. */
export const linear = (blocking: Blocking) =>
  linearKernel({
    name: 'linear',
    blocking,
    bindings: output(4, 'y'),
    store: groups(blocking, (r) => byFeature(blocking, 'y', `4u * (top + ${r}u)`, (e, c) => cell(4 * r + e, c))),
  });

/** y = x · m, by token. Bindings: dims, shape, x, m, y. */
export const linearByToken = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-by-token',
    blocking,
    bindings: output(4, 'y'),
    store: groups(blocking, (r) =>
      byToken(
        blocking,
        'y',
        (item) => `${item} * (shape.outputs / 4u) + top + ${r}u`,
        (e, c) => cell(4 * r + e, c),
      ),
    ),
  });

/** Logits: y = rmsnorm(x) · m, by feature. Bindings: dims, shape, x, m, inverse, y. */
export const linearNormed = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-normed',
    blocking,
    bindings: `${input(4, 'inverse', 'f32')}\n${output(5, 'y')}`,
    store: `${scaled(blocking)}\n${groups(blocking, (r) =>
      byFeature(blocking, 'y', `4u * (top + ${r}u)`, (e, c) => cell(4 * r + e, c)),
    )}`,
  });

/** y = residual + x · m, in both layouts; the residual by feature. Bindings: dims, shape, x, m, residual, y, yByToken. */
export const linearResidual = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-residual',
    blocking,
    bindings: `${input(4, 'residual')}\n${output(5, 'y')}\n${output(6, 'yByToken')}`,
    store: groups(blocking, (r) => {
      const feature = `4u * (top + ${r}u)`;
      const value = (e: number, c: number) => cell(4 * r + e, c);
      return [
        quads(blocking, (e, c) => `    ${value(e, c)} += residual[(${feature} + ${e}u) * deep + item / 4u + ${c}u];`),
        byFeature(blocking, 'y', feature, value),
        byToken(blocking, 'yByToken', (item) => `${item} * (shape.outputs / 4u) + top + ${r}u`, value),
      ].join('\n');
    }),
  });
