/** Ends a transaction that may already have ended by itself. */
export function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** A request that fails and its transaction end together: one of the two need not be waited for. */
export function leaveToTransaction(request: Promise<unknown>): void {
  request.catch(() => undefined);
}
