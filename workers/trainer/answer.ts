import type { Command, Event } from '../protocol/trainer';
import type { WireError } from '../protocol/errors';

/** A command is acknowledged within 250 ms (contracts): by then most that can be refused has been. */
const PATIENCE = 200;

/**
 * Answers one command exactly once: with an `ack` when its work is done or takes long, with an `error` of its id when
 * it fails before that. A failure after the ack is told as an `error` of its kind, without an id.
 */
export async function answer(
  { id, kind }: Pick<Command, 'id' | 'kind'>,
  work: Promise<void>,
  emit: (event: Event) => void,
): Promise<void> {
  let answered = false;
  const acknowledge = () => {
    if (!answered) emit({ kind: 'ack', id });
    answered = true;
  };
  const timer = setTimeout(acknowledge, PATIENCE);
  try {
    await work;
    acknowledge();
  } catch (error) {
    emit({ kind: 'error', id: answered ? null : id, of: kind, error: wireError(error) });
    answered = true;
  } finally {
    clearTimeout(timer);
  }
}

/** What of an error crosses to the page: structured clone would lose the class's name. */
export function wireError(error: unknown): WireError {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}
