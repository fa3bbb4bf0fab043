import { WorkerCalls, type WorkerPort } from '../../../workers/protocol/calls';
import type { MeasuringCalls, MeasuringNews } from '../../../workers/protocol/measuring';

function startWorker(): WorkerPort {
  return new Worker(new URL('../../../workers/measuring/worker.ts', import.meta.url), {
    type: 'module',
    name: 'measuring',
  });
}

export type MeasuringClient = Pick<WorkerCalls<MeasuringCalls, MeasuringNews>, 'ask' | 'close'>;

/** The page's side of the worker that measures: asks, and hears answers as they come. */
export function connectMeasuring(hear: (news: MeasuringNews) => void): MeasuringClient {
  return new WorkerCalls(startWorker(), 'The worker that measures', { hear });
}
