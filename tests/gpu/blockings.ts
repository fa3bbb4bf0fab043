import { plain, type Blocking } from '../../src/gpu/kernels/product';

const named = (blocking: Blocking) => {
  const { rows, columns, unroll, tiled } = blocking;
  return { name: `${rows} × ${columns}, ${tiled ? 'tiled' : `${unroll} at a time`}`, blocking };
};

/** Variants of a product in which every size of a block occurs, those of both factors' tiles among them. */
export const blockings = [
  plain,
  { rows: 16, columns: 8, unroll: 4, tiled: false } as const,
  { rows: 8, columns: 16, unroll: 1, tiled: false } as const,
  { rows: 8, columns: 4, unroll: 2, tiled: false } as const,
  { rows: 8, columns: 8, unroll: 1, tiled: true } as const,
  { rows: 16, columns: 4, unroll: 1, tiled: true } as const,
].map(named);

/** A software adapter compiles the longest kernels in these variants for most of a minute: tests skip them there. */
export const large = ({ rows, columns }: Blocking) => rows * columns > 64;
