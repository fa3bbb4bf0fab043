import type { Extension } from '../kernel';

/**
 * The inner loop of every matrix product: out[i][j] = Σ_k left[k][i] · right[k][j], both factors read along k in vec4s.
 * Each invocation keeps a block of sums in registers. All variants add up k in order, so they give the same sums, and an
 * item's result does not depend on the items beside it.
 */
export interface Blocking {
  /** Rows i and columns j of an invocation's block: multiples of 8 and of 4. */
  rows: 8 | 16;
  columns: 4 | 8;
  /** Steps of k in one turn of the loop. */
  unroll: 1 | 2 | 4;
  /** Invocations of a workgroup along the columns; 64 / across stand along the rows. */
  across: 1 | 8 | 64;
  /**
   * How factors reach an invocation. registers: it reads them itself. tiles: a workgroup first copies its share of both into
   * memory that it shares. lanes: those of a subgroup read `left`, which they all need, in turns, and tell each other; all of a
   * workgroup stand along the columns, and `unroll` is 4.
   */
  through: 'registers' | 'tiles' | 'lanes';
  /** Whether the left factor, a matrix of parameters, is kept in f16; sums are f32 all the same. */
  half: boolean;
}

/** The plain variant: the reference for all others. */
export const plain: Blocking = { rows: 8, columns: 8, unroll: 1, across: 8, through: 'registers', half: false };

/** The plain variant with these sizes, and whatever else is other. */
export const blockingOf = (
  rows: Blocking['rows'],
  columns: Blocking['columns'],
  unroll: Blocking['unroll'],
  others: Partial<Blocking> = {},
): Blocking => ({ ...plain, rows, columns, unroll, ...others });

const INVOCATIONS = 64;
/** WebGPU's smallest subgroup. */
const LANES = 4;
/** Rows and columns of a workgroup's tile. */
export const tileRows = ({ rows, across }: Blocking) => (INVOCATIONS / across) * rows;
export const tileColumns = ({ columns, across }: Blocking) => across * columns;

/** Steps of k that a tiled workgroup copies at a time. */
const STEP = 8;
/** By feature, rows are padded to multiples of so many items (`depth` in common.wgsl). */
const ITEM_PAD = 16;
/** Items of a feature's row, padding included. */
export const paddedItems = (items: number) => Math.ceil(items / ITEM_PAD) * ITEM_PAD;

export const each = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n');

/** A block's accumulator for row i and four columns from 4·c. */
export const cell = (i: number, c: number) => `c_${i}_${c}`;

/** What one invocation needs before its loop, in WGSL expressions of u32. */
export interface Factors {
  /** First k, and one past the last. */
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
  const { rows, columns, across } = blocking;
  const declare = each(rows, (i) => each(columns / 4, (c) => `  var ${cell(i, c)} = vec4f();`));
  const place = /* wgsl */ `
  let tileTop = (tile % tilesDown) * ${tileRows(blocking) / 4}u;
  let tileItem = (tile / tilesDown) * ${tileColumns(blocking)}u;
  let top = tileTop + (local / ${across}u) * ${rows / 4}u;
  let item = tileItem + (local % ${across}u) * ${columns}u;
${declare}`;
  const leave = `  if (${outside}) { return; }`;
  switch (blocking.through) {
    case 'registers':
      return [place, leave, throughRegisters(blocking, factors)].join('\n');
    case 'tiles':
      return [place, throughTiles(blocking, factors), leave].join('\n');
    case 'lanes':
      return [place, throughLanes(blocking, factors), leave].join('\n');
  }
}

/** c += left[k] ⊗ right[k] for `unroll` steps whose numbers are a_u_r and b_u_c. */
const multiply = ({ rows, columns }: Blocking, unroll: number) =>
  each(rows, (i) =>
    each(columns / 4, (c) => {
      const terms = Array.from({ length: unroll }, (_, u) => `a_${u}_${i >> 2}[${i & 3}] * b_${u}_${c}`);
      return `    ${cell(i, c)} = ${[cell(i, c), ...terms].join(' + ')};`;
    }),
  );

/** Reads both factors of `steps` steps, and multiplies. */
const turn = (blocking: Blocking, steps: number) => /* wgsl */ `
${each(steps, (u) => each(blocking.rows / 4, (r) => `    let a_${u}_${r} = vec4f(left[(k + ${u}u) * leftStride + l_${r}]);`))}
${readRight(blocking, steps)}
${multiply(blocking, steps)}`;

const readRight = ({ columns }: Blocking, steps: number) =>
  each(steps, (u) => each(columns / 4, (c) => `    let b_${u}_${c} = right[(k + ${u}u) * rightStride + r_${c}];`));

const throughRegisters = (blocking: Blocking, factors: Factors) =>
  alongRows(blocking, factors, turn(blocking, blocking.unroll));

/** Of four steps of k each lane reads one: all lanes of a workgroup stand over the same rows. */
const throughLanes = (blocking: Blocking, factors: Factors) =>
  alongRows(
    blocking,
    factors,
    /* wgsl */ `
${each(blocking.rows / 4, (r) => `    let own_${r} = vec4f(left[(k + lane % ${LANES}u) * leftStride + l_${r}]);`)}
${each(LANES, (u) => each(blocking.rows / 4, (r) => `    let a_${u}_${r} = subgroupBroadcast(own_${r}, ${u}u);`))}
${readRight(blocking, LANES)}
${multiply(blocking, LANES)}`,
  );

/** A loop over k whose turn is `unroll` steps, and single steps for what is left. */
function alongRows(blocking: Blocking, { from, to, leftStride, rightStride, right }: Factors, steps: string): string {
  const { rows, columns, unroll } = blocking;
  const rest = unroll === 1 ? '' : `  for (; k < to; k++) {${turn(blocking, 1)}\n  }`;
  return /* wgsl */ `
  let to = ${to};
  let leftStride = ${leftStride};
  let rightStride = ${rightStride};
${each(rows / 4, (r) => `  let l_${r} = group(top + ${r}u);`)}
${each(columns / 4, (c) => `  let r_${c} = ${right(`(item / 4u + ${c}u)`)};`)}
  var k = ${from};
  for (; k + ${unroll - 1}u < to; k += ${unroll}u) {${steps}
  }
${rest}`;
}

/** The memory that a tiled workgroup shares. */
export const sharedTiles = (blocking: Blocking) =>
  blocking.through === 'tiles'
    ? `var<workgroup> leftTile: array<vec4f, ${(STEP * tileRows(blocking)) / 4}>;
var<workgroup> rightTile: array<vec4f, ${(STEP * tileColumns(blocking)) / 4}>;`
    : '';

function throughTiles(blocking: Blocking, { from, to, leftStride, rightStride, right }: Factors): string {
  const { rows, columns, across } = blocking;
  const [left4, right4] = [tileRows(blocking) / 4, tileColumns(blocking) / 4];
  const copy = (tile: string, width: number, value: string) => /* wgsl */ `
    for (var e = local; e < ${STEP * width}u; e += ${INVOCATIONS}u) {
      let k = start + e / ${width}u;
      let g = e % ${width}u;
      ${tile}[e] = select(vec4f(), ${value}, k < to);
    }`;
  return /* wgsl */ `
  let to = ${to};
  let leftStride = ${leftStride};
  let rightStride = ${rightStride};
  for (var start = ${from}; start < to; start += ${STEP}u) {
${copy('leftTile', left4, 'vec4f(left[min(k, to - 1u) * leftStride + group(tileTop + g)])')}
${copy('rightTile', right4, `right[min(k, to - 1u) * rightStride + ${right('(tileItem / 4u + g)')}]`)}
    workgroupBarrier();
    for (var k = 0u; k < ${STEP}u; k++) {
${each(rows / 4, (r) => `    let a_0_${r} = leftTile[k * ${left4}u + (local / ${across}u) * ${rows / 4}u + ${r}u];`)}
${each(columns / 4, (c) => `    let b_0_${c} = rightTile[k * ${right4}u + (local % ${across}u) * ${columns / 4}u + ${c}u];`)}
${multiply(blocking, 1)}
    }
    workgroupBarrier();
  }`;
}

/** What the entry point takes from the GPU. */
export const entry = ({ through }: Blocking) =>
  [
    '@builtin(workgroup_id) workgroup: vec3u',
    '@builtin(local_invocation_index) local: u32',
    ...(through === 'lanes' ? ['@builtin(subgroup_invocation_id) lane: u32'] : []),
  ].join(', ');

/** Extensions of WGSL that a variant needs. */
export const extensionsOf = ({ through, half }: Blocking): Extension[] => [
  ...(half ? (['f16'] as const) : []),
  ...(through === 'lanes' ? (['subgroups'] as const) : []),
];

/** Workgroups that cover a matrix [rows, columns]. */
export const tilesDown = (blocking: Blocking, rows: number) => Math.ceil(rows / tileRows(blocking));
export const tilesAcross = (blocking: Blocking, columns: number) => Math.ceil(columns / tileColumns(blocking));

/** A variant's name, as a run records it. */
export const blockingName = ({ rows, columns, unroll, across, through, half }: Blocking) =>
  [
    `${rows}x${columns}`,
    unroll,
    ...(across === 1 ? ['rows'] : []),
    ...{ registers: [], tiles: ['tiled'], lanes: ['lanes'] }[through],
    ...(half ? ['f16'] : []),
  ].join('/');
