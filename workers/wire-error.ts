import type { WireError } from './protocol/errors';

/** What of an error crosses to the page: structured clone would lose the class's name. */
export function wireError(error: unknown): WireError {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}
