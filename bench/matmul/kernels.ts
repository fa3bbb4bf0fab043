import type { Extension } from '../../src/gpu/kernel';

/**
 * Simple matrix products c [m × n] = a [m × k] · b [k × n], to know what this adapter can do at most. They stand alone:
 * nothing of the engine is in them.
 */
export interface Shape {
  m: number;
  k: number;
  n: number;
}

/** How a factor lies in memory: with k running fastest (a by rows, b by columns), or with k slowest ("K-major"). */
export type Layout = 'k-minor' | 'k-major';

export interface MatmulKernel {
  name: string;
  /** Whether it is the engine's, not one of these. */
  engine: boolean;
  /** Extensions of WGSL that its code needs. */
  extensions: readonly Extension[];
  a: Layout;
  b: Layout;
  code(shape: Shape): string;
  /** Workgroups of a dispatch. */
  workgroups(shape: Shape): [x: number, y: number];
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

const header = ({ m, k, n }: Shape) => `
const M = ${m}u; const K = ${k}u; const N = ${n}u;
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
`;

const SIDE = 8;

/** One invocation computes a block of `rows` × `columns`, kept in registers. */
function registerBlock(rows: number, columns: number, a: Layout, b: Layout): MatmulKernel {
  const quads = columns / 4;
  const sums = range(rows).flatMap((r) => range(quads).map((q) => `  var s${r}_${q} = vec4f();`));
  const stores = range(rows).flatMap((r) =>
    range(quads).map((q) => `  c[((row + ${r}u) * N + column) / 4u + ${q}u] = s${r}_${q};`),
  );
  return {
    name: `${rows}×${columns} registers, a ${a}, b ${b}`,
    engine: false,
    extensions: [],
    a,
    b,
    code: (shape) => `${header(shape)}
@compute @workgroup_size(${SIDE}, ${SIDE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x * ${columns}u;
  let row = id.y * ${rows}u;
  if (column >= N || row >= M) { return; }
${sums.join('\n')}
${loop(rows, columns, a, b)}
${stores.join('\n')}
}`,
    workgroups: ({ m, n }) => [Math.ceil(n / columns / SIDE), Math.ceil(m / rows / SIDE)],
  };
}

function loop(rows: number, columns: number, a: Layout, b: Layout): string {
  const quads = range(columns / 4);
  const aRows = range(rows).map((r) => `    let a${r} = a[((row + ${r}u) * K) / 4u + i];`);
  if (a === 'k-minor' && b === 'k-minor') {
    const bColumns = range(columns).map((j) => `    let b${j} = b[((column + ${j}u) * K) / 4u + i];`);
    const dots = range(rows).flatMap((r) =>
      quads.map(
        (q) =>
          `    s${r}_${q} += vec4f(${range(4)
            .map((j) => `dot(a${r}, b${4 * q + j})`)
            .join(', ')});`,
      ),
    );
    return ['  for (var i = 0u; i < K / 4u; i++) {', ...aRows, ...bColumns, ...dots, '  }'].join('\n');
  }
  const outer = (step: string, factor: (r: number) => string) => [
    ...quads.map((q) => `    let b${step}_${q} = b[(k${step} * N + column) / 4u + ${q}u];`),
    ...range(rows).flatMap((r) => quads.map((q) => `    s${r}_${q} += ${factor(r)} * b${step}_${q};`)),
  ];
  if (a === 'k-minor') {
    const steps = range(4).flatMap((j) => [
      `    let k${j} = 4u * i + ${j}u;`,
      ...outer(String(j), (r) => `a${r}[${j}]`),
    ]);
    return ['  for (var i = 0u; i < K / 4u; i++) {', ...aRows, ...steps, '  }'].join('\n');
  }
  const aQuads = range(rows / 4).map((q) => `    let a${q} = a[(k0 * M + row) / 4u + ${q}u];`);
  return ['  for (var k0 = 0u; k0 < K; k0++) {', ...aQuads, ...outer('0', (r) => `a${r >> 2}[${r % 4}]`), '  }'].join(
    '\n',
  );
}

const TILE = 64;
const DEPTH = 16;

/** A workgroup of 16 × 16 shares a tile of both factors in its memory; each invocation has a block of 4 × 4. */
const tiled: MatmulKernel = {
  name: `${TILE}×${TILE} tiles in workgroup memory, a k-minor, b k-major`,
  engine: false,
  extensions: [],
  a: 'k-minor',
  b: 'k-major',
  code: (shape) => `${header(shape)}
var<workgroup> tileA: array<array<f32, ${TILE}>, ${DEPTH}>;
var<workgroup> tileB: array<array<vec4f, ${TILE / 4}>, ${DEPTH}>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) {
  let firstRow = group.y * ${TILE}u;
  let firstColumn = group.x * ${TILE}u;
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  let rowA = index / 4u;
  let quadA = index % 4u;
  let depthB = index / 16u;
  let quadB = index % 16u;
  for (var k0 = 0u; k0 < K; k0 += ${DEPTH}u) {
    var fromA = vec4f();
    if (firstRow + rowA < M && k0 + 4u * quadA < K) { fromA = a[((firstRow + rowA) * K + k0) / 4u + quadA]; }
    for (var j = 0u; j < 4u; j++) { tileA[4u * quadA + j][rowA] = fromA[j]; }
    var fromB = vec4f();
    if (k0 + depthB < K && firstColumn + 4u * quadB < N) { fromB = b[((k0 + depthB) * N + firstColumn) / 4u + quadB]; }
    tileB[depthB][quadB] = fromB;
    workgroupBarrier();
    for (var d = 0u; d < ${DEPTH}u; d++) {
      let v = tileB[d][local.x];
      s0 += tileA[d][4u * local.y] * v;
      s1 += tileA[d][4u * local.y + 1u] * v;
      s2 += tileA[d][4u * local.y + 2u] * v;
      s3 += tileA[d][4u * local.y + 3u] * v;
    }
    workgroupBarrier();
  }
  let column = firstColumn + 4u * local.x;
  let row = firstRow + 4u * local.y;
  if (column >= N || row >= M) { return; }
  c[(row * N + column) / 4u] = s0;
  c[((row + 1u) * N + column) / 4u] = s1;
  c[((row + 2u) * N + column) / 4u] = s2;
  c[((row + 3u) * N + column) / 4u] = s3;
}`,
  workgroups: ({ m, n }) => [Math.ceil(n / TILE), Math.ceil(m / TILE)],
};

const blocks = [
  [4, 4],
  [8, 4],
  [8, 8],
] as const;

const layouts = [
  ['k-minor', 'k-minor'],
  ['k-minor', 'k-major'],
  ['k-major', 'k-major'],
] as const satisfies (readonly [Layout, Layout])[];

/** m and n must be multiples of 8, k of 4. */
export const matmulKernels: readonly MatmulKernel[] = [
  ...blocks.flatMap(([rows, columns]) => layouts.map(([a, b]) => registerBlock(rows, columns, a, b))),
  tiled,
];
