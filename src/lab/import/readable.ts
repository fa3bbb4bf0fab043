/** Files that do not belong together, or cannot be read. */
export class OfferError extends Error {
  override name = 'OfferError';
}

/** What `work` makes of a file, or an `OfferError` where the file has gone or may not be read. */
export async function readable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new OfferError(`${path} could not be read. Was it moved? Choose it again.`, { cause: error });
  }
}
