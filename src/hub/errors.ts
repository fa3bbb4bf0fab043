/** Why a model did not come. Each message says what to do. */

/** The Hub, or a host, does not give it to whoever asks. */
export class AccessError extends Error {
  override name = 'AccessError';
}

/** It is not there. */
export class NotThereError extends Error {
  override name = 'NotThereError';
}

/** Nothing answered, or not for long enough. What came before is kept, and asking again goes on from there. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
  /** Whether to ask again soon may help by itself. */
  readonly again: boolean;

  constructor(message: string, { again = true, ...options }: ErrorOptions & { again?: boolean } = {}) {
    super(message, options);
    this.again = again;
  }
}

/** What came is not what was listed. None of it is kept. */
export class WrongContentError extends Error {
  override name = 'WrongContentError';
}

/** There is no room for it here. */
export class NoRoomError extends Error {
  override name = 'NoRoomError';
}

/** More than one model could be meant, or none can be used. */
export class ModelChoiceError extends Error {
  override name = 'ModelChoiceError';
}
