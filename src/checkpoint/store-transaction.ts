/** Ends a transaction that may already have ended by itself. */
export function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** A request that fails ends its transaction, which says why: the request itself need not be waited for. */
export function leaveToTransaction(request: Promise<unknown>): void {
  request.catch(() => undefined);
}
