import { version } from '../../package.json';
import { RunNotFoundError } from '../../src/checkpoint/store-errors';
import type { Beginning } from '../../src/lab/reproduction/beginning';
import type { Workshop } from '../../src/lab/reproduction/perform';
import type { KeptRun } from '../../src/lab/run-format';
import type { Level } from '../../src/world/world';
import type { Engine, Ports } from '../ports';

/** What the browser's workshop leans on. */
export interface Benches extends Pick<Ports, 'beginning' | 'house' | 'store' | 'reproductions'> {
  engine: () => Engine;
  /** Saves a run, and tells. */
  keepRun: (run: KeptRun) => Promise<void>;
}

/** Results of other builds, and of other agents to begin with, are made anew, beside their runs. */
export function checkpointOf(id: string, base: string): string {
  return `${id}-${base.slice(0, 16)}-${version}`;
}

/** Models on the browser's GPU, results in its store; runs that are at their end join the visitor's saved ones. */
export function browserWorkshop({ store, reproductions, engine, keepRun, ...ports }: Benches): Workshop {
  const beginnings = new Map<Level, Promise<Beginning>>();
  return {
    beginning: (level) => {
      const known = beginnings.get(level);
      if (known) return known;
      const asked = ports.beginning(level);
      beginnings.set(level, asked);
      // What did not load is asked for again.
      asked.catch(() => beginnings.delete(level));
      return asked;
    },
    house: (level) => ports.house(level),
    open: async (states, config, recorded) => {
      const { world, tokenizer } = ports.house(config.level);
      const current = engine();
      const { agents, provenance, ...models } = await current.loadModels(states, {
        ...{ config, world, tokenizer, kernels: 'tuned', progress: () => undefined },
        recorded: { ...current.provenance, variants: recorded },
      });
      const { conversation, feedback, safeguard } = agents;
      return {
        ...{ agents: { conversation, feedback }, safeguard, provenance },
        states: async () => {
          const now = await models.states();
          return { conversation: now.conversation, feedback: now.feedback };
        },
        close: () => models.destroy(),
      };
    },
    results: reproductions,
    checkpoints: {
      find: async (id, base) => {
        const run = checkpointOf(id, base);
        return (await loaded(reproductions.checkpoints, run)) ?? (await loaded(store, run));
      },
      keep: async (id, base, kept) => {
        const run = checkpointOf(id, base);
        if (kept.finished) {
          // One that the visitor deleted may be there still, to be brought back: this one takes its place.
          if (!(await loaded(store, run))) await store.discard(run);
          await keepRun({ ...kept, run });
          await reproductions.checkpoints.discard(run);
        } else await reproductions.checkpoints.save({ ...kept, run });
      },
    },
    build: version,
    commit: null,
  };
}

async function loaded(store: Pick<Benches['store'], 'load'>, run: string): Promise<KeptRun | null> {
  try {
    return await store.load(run);
  } catch (error) {
    if (error instanceof RunNotFoundError) return null;
    throw error;
  }
}
