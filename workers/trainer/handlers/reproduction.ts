import { tableNames, tables } from '../../../src/lab/reproduction/tables';
import type { Handlers } from '../../protocol/calls';
import type { ReproductionCalls } from '../../protocol/reproduction';
import { inTurn, makeRoom, type TrainerContext } from '../context';

export function reproductionHandlers(context: TrainerContext): Handlers<ReproductionCalls> {
  const { ports, device, holder, reproducer, turns } = context;

  /** Gives the GPU to the queue. */
  async function work(begin: () => Promise<void>): Promise<void> {
    device.backend();
    const step = holder.session?.run.completed;
    await makeRoom(context);
    if (step !== undefined) ports.emit({ kind: 'run.status', status: 'idle', step });
    await begin();
  }

  return {
    'reproduce.open': async ({ order }) => {
      await turns.take(() => reproducer.open(order, holder.session === null));
      return tableNames.map((name) => ({ name, title: tables[name].title }));
    },
    'reproduce.start': ({ order }) => inTurn(context, () => work(() => reproducer.start(order))),
    'reproduce.resume': () => inTurn(context, () => work(() => reproducer.resume())),
    'reproduce.pause': async () => {
      // At once, even while something else waits for the step in hand to end.
      if (!reproducer.working) return await inTurn(context, () => reproducer.pause());
      await reproducer.pause();
      return null;
    },
    'reproduce.cancel': () => inTurn(context, () => reproducer.cancel()),
    'reproduce.import': ({ text }) => inTurn(context, () => reproducer.import(text)),
    'reproduce.forget': ({ results }) => turns.take(() => reproducer.forget(results)),
    'reproduce.export': () => turns.take(() => reproducer.export()),
  };
}
