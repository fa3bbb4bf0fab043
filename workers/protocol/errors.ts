/** Errors arrive typed: the class's name, what happened, and what to do. */
export interface WireError {
  name: string;
  message: string;
}

/** An error that a worker told of, under the name of its class there. */
export class WorkerError extends Error {
  constructor({ name, message }: WireError) {
    super(message);
    this.name = name;
  }
}

/** What nobody had asked for failed; the worker goes on. */
export interface ErrorNews {
  kind: 'failed';
  error: WireError;
}
