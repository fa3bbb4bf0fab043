import { afterAll, beforeAll, expect, test } from 'vitest';
import { transposeKernel } from '../../src/lm/kernels';
import { openEngine, type Engine } from '../oracle/engine';
import { runKernel } from './run-kernel';
import { expectUntouched, normal, poisoned, UNTOUCHED, untouched } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

interface Matrix {
  what: string;
  /** Places in floats, of the norm's weight null where there is none. */
  matrix: number;
  norm: number | null;
  place: number;
  outputs: number;
  inputs: number;
  stride: number;
}

const matrices: Matrix[] = [
  { what: 'several workgroups', matrix: 128, norm: null, place: 320, outputs: 44, inputs: 92, stride: 44 },
  {
    what: 'an odd vocabulary behind a norm',
    matrix: 6016,
    norm: 6528,
    place: 4416,
    outputs: 37,
    inputs: 12,
    stride: 40,
  },
  { what: 'the smallest', matrix: 0, norm: null, place: 0, outputs: 4, inputs: 4, stride: 4 },
  { what: 'set apart', matrix: 4224, norm: 64, place: 5056, outputs: 60, inputs: 20, stride: 68 },
];
const NO_NORM = 0xffffffff;

test('every matrix is transposed, with its norm’s weight in it', async () => {
  const parameters = poisoned([], 6720);
  matrices.forEach(({ matrix, norm, outputs, inputs }, seed) => {
    parameters.set(normal(seed + 1, outputs * inputs), matrix);
    if (norm !== null) parameters.set(normal(seed + 11, inputs), norm);
  });
  const records = matrices.flatMap(({ matrix, norm, place, outputs, inputs, stride }) => {
    return [matrix / 4, place / 4, norm === null ? NO_NORM : norm / 4, outputs, inputs, stride / 4, 0, 0];
  });
  const most = Math.max(...matrices.map(({ inputs, stride }) => (inputs * stride) / 16));
  const { transposed } = await runKernel(engine.gpu, transposeKernel(false, false), {
    work: { grid: [most, matrices.length] },
    bindings: { matrices: new Uint32Array(records), parameters, transposed: untouched(6720) },
  });

  const rest = transposed.slice();
  for (const { what, matrix, norm, place, outputs, inputs, stride } of matrices) {
    for (let k = 0; k < inputs; k++) {
      const weight = norm === null ? 1 : parameters[norm + k];
      // Columns up to the next vec4 are zero: the products read them.
      for (let o = 0; o < Math.ceil(outputs / 4) * 4; o++) {
        const at = place + k * stride + o;
        const expected = o < outputs ? Math.fround(parameters[matrix + o * inputs + k] * weight) : 0;
        if (transposed[at] !== expected) expect(transposed[at], `${what}: [${k}, ${o}]`).toBe(expected);
        rest[at] = UNTOUCHED;
      }
    }
  }
  expectUntouched(rest, 'what is between the matrices');
});
