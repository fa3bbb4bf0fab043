import { parseConfig } from '../../../src/lab/config';
import type { Handlers } from '../../protocol/calls';
import type { RunCalls } from '../../protocol/run';
import { beginRun, estimateRun } from '../beginning';
import { inTurn, loading, type TrainerContext } from '../context';
import { exportFile } from '../export';
import { NoRunError } from '../run-holder';

export function runHandlers(context: TrainerContext): Handlers<RunCalls> {
  const { ports, device, holder, turns } = context;

  async function start({ config: unchecked, agents = {}, kernels }: RunCalls['run.start']['asked']): Promise<void> {
    const config = parseConfig(unchecked);
    const backend = device.backend();
    await loading(context, 0, async () => {
      const kept = await beginRun(config, agents, ports, backend.provenance);
      const unlock = await ports.lock(kept.run);
      const session = await holder.take(kept, unlock, { kernels, isKept: false });
      session.go();
    });
  }

  async function restore({ run, goOn = false }: RunCalls['run.restore']['asked']): Promise<void> {
    // Without a GPU the run in memory is not given up for one that could not be opened.
    device.backend();
    await loading(context, 0, async () => {
      const unlock = await ports.lock(run);
      const kept = await ports.store.load(run).catch((error: unknown) => {
        unlock();
        throw error;
      });
      const session = await holder.take(kept, unlock);
      if (goOn) session.go();
      else session.announce();
    });
  }

  async function stop(): Promise<void> {
    const step = holder.session?.run.completed ?? 0;
    await holder.leave();
    ports.emit({ kind: 'run.status', status: 'idle', step });
  }

  return {
    'run.estimate': ({ config, agents = {} }) =>
      turns.take(() => estimateRun(parseConfig(config), agents, ports, device.backend())),
    'run.start': (asked) => inTurn(context, () => start(asked)),
    'run.restore': (asked) => inTurn(context, () => restore(asked)),
    'run.pause': () => {
      // At once, even while something else waits for the current step to end.
      holder.session?.pause();
      return inTurn(context, () => holder.held().pause());
    },
    'run.resume': () => inTurn(context, () => holder.held().go()),
    'run.step': () => inTurn(context, () => holder.held().step()),
    'run.stop': () => inTurn(context, stop),
    'run.keep': async () => {
      // At once: the page may be gone in a moment.
      await holder.session?.keep();
      return null;
    },
    'run.evaluate': async ({ prompts }) => {
      const session = await turns.take(() => holder.held());
      // Other calls are heard meanwhile.
      await session.evaluate(prompts);
      return null;
    },
    'run.export': async ({ run = holder.last, format = 'waltz' }) => {
      await turns.ended();
      if (run === null) throw new NoRunError();
      const session = holder.holds(run) ? holder.session : null;
      return await exportFile(await (session?.capture() ?? ports.store.load(run)), format);
    },
  };
}
