import type { Handlers } from '../../protocol/calls';
import type { DeviceCalls } from '../../protocol/device';
import { wireError } from '../../wire-error';
import type { TrainerContext } from '../context';

export function deviceHandlers(context: TrainerContext): Handlers<DeviceCalls> {
  const { ports, device, holder, library, reproducer, turns } = context;
  const { emit } = ports;

  async function open(): Promise<DeviceCalls['device.open']['answer']> {
    const progress = (done: number, total: number) => emit({ kind: 'run.progress', phase: 'pipelines', done, total });
    const { backend, selfCheck } = await device.open(progress);
    await library.purge();
    await library.tell();
    return { adapter: backend.adapter, selfCheck };
  }

  async function recallQueue(): Promise<void> {
    try {
      await reproducer.recall(holder.session === null);
    } catch (error) {
      emit({ kind: 'reproduce.failed', while: 'resuming', error: wireError(error) });
    }
  }

  return {
    'device.open': async () => {
      const opened = await turns.take(open);
      // The GPU is open whatever becomes of the queue.
      void turns.take(recallQueue);
      return opened;
    },
  };
}
