import { StoreFullError } from '../../src/checkpoint/store-errors';

/** Keeps something in a store; where there is no room, what was deleted there gives way. Throws what `keep` throws. */
export async function withFreedSpace<Result>(
  store: { purge(before: number): Promise<number> },
  keep: () => Promise<Result>,
): Promise<Result> {
  try {
    return await keep();
  } catch (error) {
    if (!(error instanceof StoreFullError) || (await store.purge(Date.now())) === 0) throw error;
    return await keep();
  }
}
