import type { Handlers } from '../../protocol/calls';
import type { RunsCalls } from '../../protocol/runs';
import { inTurn, type TrainerContext } from '../context';

export function runsHandlers(context: TrainerContext): Handlers<RunsCalls> {
  const { holder, library } = context;
  return {
    'runs.list': () => library.list(),
    'runs.read': ({ run }) => library.read(run),
    'runs.rename': ({ run, name }) => inTurn(context, async () => holder.rename(run, await library.rename(run, name))),
    'runs.pin': ({ run, on }) => inTurn(context, () => library.pin(run, on)),
    'runs.remove': ({ run }) =>
      inTurn(context, async () => {
        if (holder.holds(run)) await holder.giveUp();
        await library.remove(run);
      }),
    'runs.bring-back': ({ run }) => inTurn(context, () => library.bringBack(run)),
    'runs.fork': ({ run, step, stages }) => inTurn(context, () => library.fork(run, step, stages)),
  };
}
