/**
 * The inner loop of every matrix product: out[i][j] = Σ_k left[k][i] · right[k][j], both factors read along k in vec4s.
 * Each invocation keeps a block of sums in registers. All variants add up k in order, so they give the same sums, and an
 * item's result does not depend on the items beside it.
 */
export interface Blocking {
  /** Rows i and columns j of an invocation's block: multiples of 8 and of 4. */
  rows: 8 | 16;
  columns: 4 | 8 | 16;
  /** Steps of k in one turn of the loop. */
  unroll: 1 | 2 | 4;
  /** Whether a workgroup first copies its share of both factors into memory that it shares. */
  tiled: boolean;
}

/** The plain variant: the reference for all others. */
export const plain: Blocking = { rows: 8, columns: 8, unroll: 1, tiled: false };

/** A workgroup is 8 × 8 invocations. */
const SIDE = 8;
/** Steps of k that a tiled workgroup copies at a time. */
const STEP = 8;
/** Feature-major rows are padded to this many items (`depth` in common.wgsl). */
export const ITEM_PAD = 16;

export const each = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n');

/** A block's accumulator for row i and four columns from 4·c. */
export const cell = (i: number, c: number) => `c_${i}_${c}`;

/** What one invocation needs before its loop, in WGSL expressions of u32. */
export interface Factors {
  /** First and last-but-one k. */
  from: string;
  to: string;
  /** vec4s from one k to the next. */
  leftStride: string;
  rightStride: string;
  /** Place of four columns from number g within a row of `right`. Rows come from the function `group(g)`. */
  right: (g: string) => string;
}

/**
 * Statements that find the block of this invocation and fill its accumulators. `tile` is the number of the workgroup's
 * tile, `tilesDown` how many tiles of rows there are. They declare `top` (first group of four rows), `item` (first
 * column) and every `cell`. `outside` says of the two when a block has nothing to do.
 */
export function accumulate(blocking: Blocking, factors: Factors, outside: string): string {
  const { rows, columns } = blocking;
  const declare = each(rows, (i) => each(columns / 4, (c) => `  var ${cell(i, c)} = vec4f();`));
  const place = /* wgsl */ `
  let tileTop = (tile % tilesDown) * ${(SIDE * rows) / 4}u;
  let tileItem = (tile / tilesDown) * ${SIDE * columns}u;
  let top = tileTop + (local / ${SIDE}u) * ${rows / 4}u;
  let item = tileItem + (local % ${SIDE}u) * ${columns}u;
${declare}`;
  return blocking.tiled
    ? `${place}\n${throughTiles(blocking, factors)}\n  if (${outside}) { return; }`
    : `${place}\n  if (${outside}) { return; }\n${throughRegisters(blocking, factors)}`;
}

/** c += left[k] ⊗ right[k] for `unroll` steps whose numbers are a_u_r and b_u_c. */
const multiply = ({ rows, columns }: Blocking, unroll: number) =>
  each(rows, (i) =>
    each(columns / 4, (c) => {
      const terms = Array.from({ length: unroll }, (_, u) => `a_${u}_${i >> 2}[${i & 3}] * b_${u}_${c}`);
      return `    ${cell(i, c)} = ${[cell(i, c), ...terms].join(' + ')};`;
    }),
  );

function throughRegisters(blocking: Blocking, { from, to, leftStride, rightStride, right }: Factors): string {
  const { rows, columns, unroll } = blocking;
  const turn = (steps: number) => /* wgsl */ `
${each(steps, (u) =>
  [
    each(rows / 4, (r) => `    let a_${u}_${r} = left[(k + ${u}u) * leftStride + l_${r}];`),
    each(columns / 4, (c) => `    let b_${u}_${c} = right[(k + ${u}u) * rightStride + r_${c}];`),
  ].join('\n'),
)}
${multiply(blocking, steps)}`;
  const rest = unroll === 1 ? '' : `  for (; k < to; k++) {${turn(1)}\n  }`;
  return /* wgsl */ `
  let to = ${to};
  let leftStride = ${leftStride};
  let rightStride = ${rightStride};
${each(rows / 4, (r) => `  let l_${r} = group(top + ${r}u);`)}
${each(columns / 4, (c) => `  let r_${c} = ${right(`(item / 4u + ${c}u)`)};`)}
  var k = ${from};
  for (; k + ${unroll - 1}u < to; k += ${unroll}u) {${turn(unroll)}
  }
${rest}`;
}

/** vec4s of one factor in a tile, and the declaration of the memory that a tiled workgroup shares. */
const across = (side: number) => (SIDE * side) / 4;
export const sharedTiles = ({ rows, columns, tiled }: Blocking) =>
  tiled
    ? `var<workgroup> leftTile: array<vec4f, ${STEP * across(rows)}>;
var<workgroup> rightTile: array<vec4f, ${STEP * across(columns)}>;`
    : '';

function throughTiles(blocking: Blocking, { from, to, leftStride, rightStride, right }: Factors): string {
  const { rows, columns } = blocking;
  const copy = (tile: string, side: number, value: string) => /* wgsl */ `
    for (var e = local; e < ${STEP * across(side)}u; e += 64u) {
      let k = start + e / ${across(side)}u;
      let g = e % ${across(side)}u;
      ${tile}[e] = select(vec4f(), ${value}, k < to);
    }`;
  return /* wgsl */ `
  let to = ${to};
  let leftStride = ${leftStride};
  let rightStride = ${rightStride};
  for (var start = ${from}; start < to; start += ${STEP}u) {
${copy('leftTile', rows, 'left[min(k, to - 1u) * leftStride + group(tileTop + g)]')}
${copy('rightTile', columns, `right[min(k, to - 1u) * rightStride + ${right('(tileItem / 4u + g)')}]`)}
    workgroupBarrier();
    for (var k = 0u; k < ${STEP}u; k++) {
${each(rows / 4, (r) => `    let a_0_${r} = leftTile[k * ${across(rows)}u + (local / ${SIDE}u) * ${rows / 4}u + ${r}u];`)}
${each(columns / 4, (c) => `    let b_0_${c} = rightTile[k * ${across(columns)}u + (local % ${SIDE}u) * ${columns / 4}u + ${c}u];`)}
${multiply(blocking, 1)}
    }
    workgroupBarrier();
  }`;
}

/** Tiles of rows that a workgroup's blocks cover, for so many rows. */
export const tilesOf = ({ rows }: Blocking, count: number) => Math.ceil(count / (SIDE * rows));

/** Work of a product over a batch's items: workgroups, as invocations. */
export const productWork = (blocking: Blocking, outputs: number) => ({
  per: SIDE * blocking.columns,
  units: 64 * tilesOf(blocking, outputs),
});
