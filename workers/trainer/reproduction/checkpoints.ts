import { version } from '../../../package.json';
import { RunNotFoundError } from '../../../src/checkpoint/store-errors';
import { archiveName, type BaseChoice } from '../../../src/lab/models/shipped';
import type { ExperimentBackend } from '../../../src/lab/reproduction/run-experiment';
import { milestones } from '../../../src/lab/config';
import type { KeptRun } from '../../../src/lab/run/run-format';
import { makingRoom } from '../making-room';
import type { Ports } from '../ports';

/** Where runs of the queue are kept. */
export interface QueueStores extends Pick<Ports, 'store' | 'reproductions'> {
  /** Saves a run among the visitor's own, and tells. */
  keepRun: (run: KeptRun) => Promise<void>;
}

/** Results of other builds, and of other agents to begin with, are made anew, beside their runs. */
export function checkpointOf(id: string, base: string): string {
  return `${id}-${base.slice(0, 16)}-${version}`;
}

/** Runs under way are kept apart; those that are at their end join the visitor's saved ones. */
export function queueCheckpoints({ store, reproductions, keepRun }: QueueStores): ExperimentBackend['checkpoints'] {
  const { checkpoints } = reproductions;
  /** Those that it can be forked at, unless a finished run was saved already when its tab went. */
  const milestonesOf = async (run: string): Promise<number[]> => {
    const of = async (runs: Pick<typeof checkpoints, 'list'>) =>
      (await runs.list()).runs.find((one) => one.run === run);
    const [underWay, saved] = [await of(checkpoints), await of(store)];
    return underWay && !saved ? underWay.checkpoints.filter((at) => milestones(underWay.config).includes(at)) : [];
  };
  return {
    find: async (id, base) => {
      const run = checkpointOf(id, base);
      return (await loaded(checkpoints, run)) ?? (await loaded(store, run));
    },
    keep: async (id, base, kept) => {
      const run = checkpointOf(id, base);
      if (kept.finished) {
        // One that the visitor deleted may be there still, to be brought back: this one takes its place.
        await store.discardRemoved(run);
        for (const step of await milestonesOf(run)) await keepRun(await checkpoints.load(run, step));
        await keepRun({ ...kept, run });
        await checkpoints.discard(run);
      } else {
        const milestone = milestones(kept.config).includes(kept.step);
        await makingRoom(store, () => checkpoints.save({ ...kept, run }, { milestone }));
      }
    },
  };
}

/**
 * Discards runs that nothing goes on with any more: those of other builds and, of this task and size, of other agents to begin with.
 * Whether another's can go on is seen when that one is opened, for its agents are not fetched to know it.
 */
export async function discardStale(
  choice: BaseChoice,
  { reproductions: { checkpoints } }: Pick<Ports, 'reproductions'>,
  { beginning }: Pick<ExperimentBackend, 'beginning'>,
): Promise<void> {
  const { runs, aside } = await checkpoints.list();
  const current = runs.filter(({ run }) => run.endsWith(`-${version}`));
  const here = current.filter(({ config }) => archiveName(config) === archiveName(choice));
  const ending = here.length > 0 ? checkpointOf('', (await beginning(choice)).base) : '';
  const usable = new Set(current.filter((one) => !here.includes(one) || one.run.endsWith(ending)));
  const stale = [...aside, ...runs.filter((one) => !usable.has(one))];
  await Promise.all(stale.map(({ run }) => checkpoints.discard(run)));
}

async function loaded(store: Pick<Ports['store'], 'load'>, run: string): Promise<KeptRun | null> {
  try {
    return await store.load(run);
  } catch (error) {
    if (error instanceof RunNotFoundError) return null;
    throw error;
  }
}
