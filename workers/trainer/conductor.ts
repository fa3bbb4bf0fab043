import type { Handlers } from '../protocol/calls';
import type { TrainerCalls } from '../protocol/trainer';
import { Turns } from '../turns';
import type { TrainerContext } from './context';
import { Device } from './device';
import { Guests } from './guests';
import { deviceHandlers } from './handlers/device';
import { guestsHandlers } from './handlers/guests';
import { importingHandlers } from './handlers/importing';
import { performanceHandlers } from './handlers/performance';
import { reproductionHandlers } from './handlers/reproduction';
import { runHandlers } from './handlers/run';
import { runsHandlers } from './handlers/runs';
import { Importer } from './importer';
import { Library } from './library';
import { Neighbours } from './neighbours';
import type { Ports } from './ports';
import { Reproducer } from './reproduction/reproducer';
import { RunHolder } from './run-holder';

/** Carries out calls of every topic over one GPU, one store and at most one run in memory. */
export function conduct(ports: Ports): Handlers<TrainerCalls> {
  const context = contextOf(ports);
  return {
    ...deviceHandlers(context),
    ...runHandlers(context),
    ...runsHandlers(context),
    ...importingHandlers(context),
    ...guestsHandlers(context),
    ...performanceHandlers(context),
    ...reproductionHandlers(context),
  };
}

function contextOf(given: Ports): TrainerContext {
  const neighbours = new Neighbours(given);
  const ports = { ...given, lock: tellingLock(given.lock, neighbours) };
  const { store, emit } = ports;
  const device = new Device(ports, (reason) => {
    const step = holder.lose();
    emit({ kind: 'device.lost', reason, step });
    emit({ kind: 'run.status', status: 'idle', step: step ?? 0 });
  });
  const ours = () => undefined;
  const holds = (run: string) => holder.holds(run) || reproducer.holds(run);
  const lock = (run: string) => (holds(run) ? Promise.resolve(ours) : ports.lock(run));
  const library = new Library({ store, emit, lock, neighbours });
  const backend = () => device.backend();
  const holder: RunHolder = new RunHolder({
    ...ports,
    backend,
    keep: async (kept) => {
      const known = await library.keep(kept);
      await reproducer.heard(kept);
      return known;
    },
  });
  const reproducer: Reproducer = new Reproducer({
    ...ports,
    backend,
    openBackend: () => device.openBackend,
    keepRun: async (kept) => {
      await library.keep(kept);
    },
  });
  const turns = new Turns();
  return {
    ports,
    device,
    holder,
    library,
    importer: new Importer(ports),
    guests: new Guests({ ...ports, neighbours }),
    reproducer,
    turns,
  };
}

/** Other tabs are told of a run that this one takes or gives back. */
function tellingLock(lock: Ports['lock'], neighbours: Neighbours): Ports['lock'] {
  return async (run) => {
    const unlock = await lock(run);
    neighbours.tell('runs');
    return () => {
      unlock();
      neighbours.tell('runs');
    };
  };
}
