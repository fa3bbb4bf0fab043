import type { Handlers } from '../../protocol/calls';
import type { BackendWish, DeviceCalls, OpenedDevice } from '../../protocol/device';
import { wireError } from '../../wire-error';
import { freeSpace, type TrainerContext } from '../context';

export function deviceHandlers(context: TrainerContext): Handlers<DeviceCalls> {
  const { ports, device, holder, library, guests, reproducer, turns } = context;
  const { emit } = ports;

  async function open(): Promise<OpenedDevice> {
    const progress = (done: number, total: number) => emit({ kind: 'run.progress', phase: 'pipelines', done, total });
    const { backend, wish, reason, selfCheck } = await device.open(progress);
    await library.purge();
    await guests.purge();
    await library.tell();
    return { backend: backend.name, adapter: backend.adapter, wish, reason, selfCheck };
  }

  async function choose(wish: BackendWish): Promise<OpenedDevice> {
    await ports.keepBackendWish(wish);
    const step = holder.session?.run.completed;
    await freeSpace(context);
    device.close();
    if (step !== undefined) emit({ kind: 'run.status', status: 'idle', step });
    return await open();
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
    'device.choose': ({ wish }) => turns.take(() => choose(wish)),
  };
}
