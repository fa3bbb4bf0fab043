import { WorkerCalls, type WorkerPort } from '../../../workers/protocol/calls';
import type { FloorCalls, FloorNews } from '../../../workers/protocol/floor';

function startWorker(): WorkerPort {
  return new Worker(new URL('../../../workers/floor/worker.ts', import.meta.url), { type: 'module', name: 'floor' });
}

/** The page's side of the floor's worker: asks, and hears the dance. */
export function connectFloor(hear: (news: FloorNews) => void): WorkerCalls<FloorCalls, FloorNews> {
  return new WorkerCalls(startWorker(), 'The Floor', { hear });
}
