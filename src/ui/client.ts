import { WorkerCalls, type WorkerPort } from '../../workers/protocol/calls';
import type { WireError } from '../../workers/protocol/errors';
import type { TrainerCalls, TrainerNews } from '../../workers/protocol/trainer';

function startWorker(): WorkerPort {
  return new Worker(new URL('../../workers/trainer/trainer.ts', import.meta.url), { type: 'module', name: 'trainer' });
}

/**
 * The page's side of the worker that trains: asks, and hears what goes on by itself. `stopped` is told once where the worker
 * did not load or threw outside of any question, for then it answers nothing any more.
 */
export function connectTrainer(
  hear: (news: TrainerNews) => void,
  stopped: (error: WireError) => void,
  port: WorkerPort = startWorker(),
): WorkerCalls<TrainerCalls, TrainerNews> {
  return new WorkerCalls(port, 'The training worker', {
    hear,
    end: { remedy: 'Reload the page', tell: stopped },
  });
}
