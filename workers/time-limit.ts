/** How long what a stranger wrote may take. */
import type { WireError } from './protocol/errors';

/** Milliseconds for a file of no size, and for each of its bytes: 20 MB a second is slow. */
const PATIENCE = 5000;
const PER_BYTE = 1000 / 20e6;

/** Milliseconds that reading so many bytes may take. */
export function readingLimit(bytes: number): number {
  return PATIENCE + bytes * PER_BYTE;
}

/** What was ended because it went on for too long. `what` begins the sentence. */
export function timeLimitFault(what: string, milliseconds: number): WireError {
  const seconds = Math.round(milliseconds / 100) / 10;
  return {
    name: 'TimeLimitError',
    message: `${what} did not come to an end within ${seconds} s, so it was stopped. Use another version of the model; nothing else was touched.`,
  };
}
