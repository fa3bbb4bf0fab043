import type { Offer, OfferedFile } from '../../src/lab/import/read';
import type { PromptFile, PromptTable } from '../../src/tasks/prompts';
import { WorkerCalls, type WorkerPort } from '../protocol/calls';
import type { ReadingCalls } from '../protocol/reading';
import { readingLimit, timeLimitFault } from '../time-limit';

function startWorker(): WorkerPort {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'importing' });
}

/** What is in somebody's files, read in a worker of its own. Throws what `readOffer` throws, and `TimeLimitError`. */
export async function readOfferApart(files: readonly OfferedFile[], signal?: AbortSignal): Promise<Offer> {
  const bytes = files.reduce((sum, { content }) => sum + content.size, 0);
  return await readApart(bytes, (calls) => calls.ask('offer', { files }), signal);
}

/** A file of prompts, likewise. Throws what `readPromptFile` throws, and `TimeLimitError`. */
export async function readPromptsApart(file: PromptFile): Promise<PromptTable> {
  return await readApart(file.size, (calls) => calls.ask('prompts', { file }));
}

/** Asks a worker that is begun for this and ended after it, or by the signal. */
async function readApart<Answer>(
  bytes: number,
  ask: (calls: WorkerCalls<ReadingCalls>) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  signal?.throwIfAborted();
  const calls = new WorkerCalls<ReadingCalls>(startWorker(), 'The worker that reads files', {
    limit: {
      of: () => readingLimit(bytes),
      fault: (milliseconds) => timeLimitFault('Reading it', milliseconds),
    },
  });
  const end = () => calls.close();
  signal?.addEventListener('abort', end);
  try {
    return await ask(calls);
  } finally {
    signal?.removeEventListener('abort', end);
    end();
  }
}
