import { blockingName, plain, type Blocking } from '../../src/gpu/kernels/product';

const blocking = (rows: 8 | 16, columns: 4 | 8, unroll: 1 | 2 | 4, others: Partial<Blocking> = {}): Blocking => ({
  ...{ ...plain, rows, columns, unroll },
  ...others,
});

/** Variants of a product in which every size of a block occurs, those of both factors' tiles among them. */
export const blockings = [
  plain,
  blocking(16, 8, 4),
  blocking(8, 4, 2),
  blocking(8, 4, 1, { across: 1 }),
  blocking(8, 8, 1, { tiled: true }),
  blocking(16, 4, 1, { tiled: true }),
].map((blocking) => ({ name: blockingName(blocking), blocking }));

/** A software adapter compiles the longest kernels in these variants for most of a minute: tests skip them there. */
export const large = ({ rows, columns }: Blocking) => rows * columns > 64;
