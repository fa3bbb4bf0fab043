import type { Device } from './device';
import type { Guests } from './guests';
import type { Importer } from './importer';
import type { Library } from './library';
import type { Ports } from './ports';
import type { Reproducer } from './reproduction/reproducer';
import type { RunHolder } from './run-holder';
import type { Turns } from '../turns';

/** What handlers of calls share: one GPU, one store, at most one run in memory. */
export interface TrainerContext {
  ports: Ports;
  device: Device;
  holder: RunHolder;
  library: Library;
  importer: Importer;
  guests: Guests;
  reproducer: Reproducer;
  /** What changes the run in memory is done one after another. */
  turns: Turns;
}

/** Does in its turn what has no answer but that it is done. */
export async function inTurn({ turns }: Pick<TrainerContext, 'turns'>, work: () => unknown): Promise<null> {
  await turns.take(work);
  return null;
}

/** Makes room on the GPU for what comes next: saves the run in memory, and pauses the queue. */
export async function makeRoom({ holder, reproducer }: Pick<TrainerContext, 'holder' | 'reproducer'>): Promise<void> {
  await holder.leave();
  await reproducer.rest();
}

/** Loads a run in place of whatever is in memory, and says that it is idle at this step where that fails. */
export async function loading(context: TrainerContext, step: number, work: () => Promise<void>): Promise<void> {
  const { emit } = context.ports;
  await makeRoom(context);
  emit({ kind: 'run.status', status: 'loading', step });
  try {
    await work();
  } catch (error) {
    emit({ kind: 'run.status', status: 'idle', step });
    throw error;
  }
}
