import { WorkerCalls, type WorkerPort } from '../../../workers/protocol/calls';
import type { TeachingCalls, TeachingNews } from '../../../workers/protocol/teaching';

function startWorker(): WorkerPort {
  return new Worker(new URL('../../../workers/teaching/worker.ts', import.meta.url), {
    type: 'module',
    name: 'teaching',
  });
}

/** The page's side of the worker that teaches: asks, and hears how the lesson goes. */
export function connectTeaching(hear: (news: TeachingNews) => void): WorkerCalls<TeachingCalls, TeachingNews> {
  return new WorkerCalls(startWorker(), 'The worker that teaches', { hear });
}
