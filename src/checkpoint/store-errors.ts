/** Why the browser's storage did not do what it was asked. What was saved before is untouched. */
export class StoreError extends Error {
  override name = 'StoreError';
}

export class StoreUnavailableError extends StoreError {
  override name = 'StoreUnavailableError';
}

export class StoreFullError extends StoreError {
  override name = 'StoreFullError';
}

/** Another tab holds an older version of the database open, or has opened a newer one. */
export class StoreBlockedError extends StoreError {
  override name = 'StoreBlockedError';
}

export class RunNotFoundError extends StoreError {
  override name = 'RunNotFoundError';
}

/** A saved run that this version cannot use. */
export class RunUnreadableError extends StoreError {
  override name = 'RunUnreadableError';
}

/** A guest that is not kept here any more. */
export class GuestNotFoundError extends StoreError {
  override name = 'GuestNotFoundError';
}

/** A kept guest that this version cannot use. */
export class GuestUnreadableError extends StoreError {
  override name = 'GuestUnreadableError';
}

/** A save that would take a run back behind what is stored. */
export class RunConflictError extends StoreError {
  override name = 'RunConflictError';
}

/** Turns what IndexedDB throws into one of the above. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'QuotaExceededError') {
    return new StoreFullError(
      'The browser has no room left to save this; what was saved before is intact. Export it, then delete runs and models that you no longer need.',
      { cause: error },
    );
  }
  if (name === 'VersionError') {
    return new StoreBlockedError('A newer version of this page has saved here. Reload the page to get it.', {
      cause: error,
    });
  }
  if (name === 'SecurityError') {
    return new StoreUnavailableError('The browser forbids this page to save. Allow site data for it, then reload.', {
      cause: error,
    });
  }
  return new StoreError(
    `The browser could not read or save (${name}: ${message}). Export what you want to keep, then reload the page.`,
    { cause: error },
  );
}
