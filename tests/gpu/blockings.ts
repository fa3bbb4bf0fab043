import { blockingName, blockingOf, plain, type Blocking } from '../../src/gpu/kernels/product';

/** Variants of a product in which every size of a block occurs, those of both factors' tiles among them. */
export const blockings = [
  plain,
  blockingOf(16, 8, 4),
  blockingOf(8, 4, 2),
  blockingOf(8, 4, 1, { across: 1 }),
  blockingOf(8, 8, 1, { through: 'tiles' }),
  blockingOf(16, 4, 1, { through: 'tiles' }),
  blockingOf(8, 4, 4, { across: 64, through: 'lanes' }),
].map((blocking) => ({ name: blockingName(blocking), blocking }));

/** A software adapter compiles the longest kernels in these variants for most of a minute: tests skip them there. */
export const large = ({ rows, columns }: Blocking) => rows * columns > 64;
