import { WorkerCalls, type WorkerPort } from '../../../workers/protocol/calls';
import type { HubCalls, HubNews } from '../../../workers/protocol/hub';

function startWorker(): WorkerPort {
  return new Worker(new URL('../../../workers/hub/worker.ts', import.meta.url), { type: 'module', name: 'hub' });
}

export type HubClient = Pick<WorkerCalls<HubCalls, HubNews>, 'ask' | 'close'>;

/** The page's side of the worker that downloads models: asks, and hears how far it is. */
export function connectHub(hear: (news: HubNews) => void): HubClient {
  return new WorkerCalls(startWorker(), 'The worker that downloads models', { hear });
}
