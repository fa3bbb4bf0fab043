import {
  accumulate,
  blockingName,
  cell,
  each,
  entry,
  extensionsOf,
  plain,
  sharedTiles,
  tilesAcross,
  tilesDown,
  type Blocking,
} from '../../src/gpu/kernels/product';
import { candidates } from '../../src/lm/variants';
import type { MatmulKernel } from './kernels';

/** The engine's own loop, with nothing fused onto its end. */
function engineKernel(blocking: Blocking): MatmulKernel {
  return {
    name: `engine ${blockingName(blocking)}`,
    engine: true,
    extensions: extensionsOf(blocking),
    a: 'k-major',
    b: 'k-major',
    code: ({ m, k, n }) => {
      const factors = {
        from: '0u',
        to: `${k}u`,
        leftStride: `${m / 4}u`,
        rightStride: `${n / 4}u`,
        right: (g: string) => `min(${g}, ${n / 4 - 1}u)`,
      };
      return `
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
${sharedTiles(blocking)}
fn group(g: u32) -> u32 { return min(g, ${m / 4 - 1}u); }
@compute @workgroup_size(64)
fn main(${entry(blocking)}) {
  let tile = workgroup.x;
  let tilesDown = ${tilesDown(blocking, m)}u;
${accumulate(blocking, factors, `item >= ${n}u || 4u * top >= ${m}u`)}
${each(blocking.rows, (i) =>
  each(
    blocking.columns / 4,
    (q) =>
      `  if (4u * top + ${i}u < ${m}u && item + ${4 * q}u < ${n}u) { c[(4u * top + ${i}u) * ${n / 4}u + item / 4u + ${q}u] = ${cell(i, q)}; }`,
  ),
)}
}`;
    },
    workgroups: ({ m, n }) => [tilesDown(blocking, m) * tilesAcross(blocking, n), 1],
  };
}

/** Every variant that the tuner chooses from for many tokens. */
export const engineKernels: readonly MatmulKernel[] = [plain, ...candidates.training].map(engineKernel);
