/** How long what a stranger wrote may take. */
import type { WireError } from './protocol/errors';

/** What was ended because it went on for too long. `what` begins the sentence. */
export function timeLimitFault(what: string, milliseconds: number): WireError {
  const seconds = Math.round(milliseconds / 100) / 10;
  return {
    name: 'TimeLimitError',
    message: `${what} did not come to an end within ${seconds} s, so it was stopped. Use another version of the model; nothing else was touched.`,
  };
}
