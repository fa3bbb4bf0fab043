import { afterAll, beforeAll, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import adamw from '../../src/gpu/kernels/adamw.wgsl?raw';
import clip from '../../src/gpu/kernels/clip.wgsl?raw';
import squares from '../../src/gpu/kernels/squares.wgsl?raw';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/optimizer';
import { runKernel } from './run-kernel';
import { double, expectClose, expectFilled, expectUntouched, normal, poisoned, untouched } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** More sums than two rounds of a workgroup, and no whole number of rounds. */
const SIZE = 64 * 133;
const SPARE = 1024;
const constants = { SIZE };

const hyper = ({ rate = 0.01, decay = 0, updates = 1, gradientClip = 1 }) => ({
  uniform: new Float32Array([
    rate,
    oracle.BETA1,
    oracle.BETA2,
    oracle.EPSILON,
    decay,
    1 - oracle.BETA1 ** updates,
    1 - oracle.BETA2 ** updates,
    gradientClip,
  ]),
});

test('squares: of 64 gradients each', async () => {
  const gradient = normal(1, SIZE);
  const { sums } = await runKernel(engine.gpu, kernel('squares', squares, constants), {
    work: { invocations: SIZE / 64 },
    bindings: { gradient: poisoned(gradient, SPARE), sums: untouched(SIZE / 64 + SPARE) },
  });
  const parts = Array.from({ length: SIZE / 64 }, (_, i) => gradient.subarray(64 * i, 64 * (i + 1)));
  expectFilled(sums, double(parts.map((part) => oracle.globalNorm(double(part)) ** 2)));
});

test.each([
  ['clipped', 0.5],
  ['just as long as it may be', 50],
  ['not clipped', 1e9],
])('clip: a gradient that is %s', async (_, gradientClip) => {
  const sums = normal(1, SIZE / 64).map(Math.abs);
  // The squares' sum is brought to 50² whatever was drawn.
  const share = 50 ** 2 / sums.reduce((a, b) => a + b);
  const scaled = sums.map((x) => x * share);
  const { norm } = await runKernel(engine.gpu, kernel('clip', clip, constants), {
    work: { invocations: 64 },
    bindings: { hyper: hyper({ gradientClip }), sums: poisoned(scaled, SPARE), norm: untouched(4) },
  });
  const length = oracle.globalNorm(double(scaled.map(Math.sqrt)));
  expectClose(norm.subarray(0, 1), [length], 'norm');
  expectClose(norm.subarray(1, 2), [oracle.clipScale(length, gradientClip)], 'scale');
  expectUntouched(norm.subarray(2), 'what is behind the norm');
});

test('clip: no gradient at all', async () => {
  const { norm } = await runKernel(engine.gpu, kernel('clip', clip, constants), {
    work: { invocations: 64 },
    bindings: { hyper: hyper({}), sums: new Float32Array(SIZE / 64), norm: untouched(2) },
  });
  expect([...norm]).toEqual([0, oracle.clipScale(0, 1)]);
});

test.each([
  { what: 'the first update', updates: 0, scale: 1, decay: 0 },
  { what: 'a clipped gradient', updates: 7, scale: 0.125, decay: 0 },
  { what: 'weight decay', updates: 7, scale: 1, decay: 0.1 },
])('adamw: $what', async ({ updates, scale, decay }) => {
  const gradient = normal(1, SIZE).map((g, i) => (i % 10 === 0 ? 0 : g));
  const before = {
    parameters: normal(2, SIZE),
    first: normal(3, SIZE, updates === 0 ? 0 : 0.1),
    second: normal(4, SIZE, updates === 0 ? 0 : 0.1).map(Math.abs),
  };
  const behind = (x: Float32Array) => {
    const all = untouched(SIZE + SPARE);
    all.set(x);
    return all;
  };
  const rate = 0.01;
  const after = await runKernel(engine.gpu, kernel('adamw', adamw, constants), {
    work: { invocations: SIZE / 4 },
    bindings: {
      hyper: hyper({ rate, decay, updates: updates + 1 }),
      gradient: poisoned(gradient, SPARE),
      norm: new Float32Array([3, scale]),
      parameters: behind(before.parameters),
      first: behind(before.first),
      second: behind(before.second),
    },
  });
  const state: oracle.AdamW = {
    parameters: double(before.parameters),
    firstMoment: double(before.first),
    secondMoment: double(before.second),
    updates,
  };
  oracle.adamw(state, double(gradient), scale, rate, decay);
  expectFilled(after.first, state.firstMoment, 'first moment');
  expectFilled(after.second, state.secondMoment, 'second moment');
  expectFilled(after.parameters, state.parameters, 'parameters');
  // How far they moved, which their size would hide.
  const moved = (x: ArrayLike<number>) => Array.from(before.parameters, (p, i) => x[i] - p);
  expectClose(moved(after.parameters), moved(state.parameters), 'movement');
});
