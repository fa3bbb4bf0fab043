import { version } from '../../../package.json';
import { perRole } from '../../../src/waltz/game/roles';
import type { Beginning } from '../../../src/lab/reproduction/beginning';
import type { ExperimentBackend } from '../../../src/lab/reproduction/run-experiment';
import type { Engine, Ports } from '../ports';
import { queueCheckpoints, type QueueStores } from './checkpoints';

/** What the browser's backend leans on. */
export interface ExperimentBackendPorts extends Pick<Ports, 'beginning' | 'environmentOf'>, QueueStores {
  engine: () => Engine;
}

/** Models on the browser's GPU, results and runs in its stores. */
export function browserExperimentBackend({ engine, ...ports }: ExperimentBackendPorts): ExperimentBackend {
  const beginnings = new Map<string, Promise<Beginning>>();
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
    environmentOf: (level) => ports.environmentOf(level),
    open: async (states, config, recorded) => {
      const { task, tokenizer } = ports.environmentOf(config.level);
      const current = engine();
      const { agents, provenance, ...models } = await current.loadModels(states, {
        ...{ config, task, tokenizer, kernels: 'tuned', progress: () => undefined },
        recorded: { ...current.provenance, variants: recorded },
      });
      return {
        ...{ agents: perRole(({ name }) => agents[name]), safeguard: agents.safeguard, provenance },
        states: async () => {
          const now = await models.states();
          return perRole(({ name }) => now[name]);
        },
        close: () => models.destroy(),
      };
    },
    results: ports.reproductions,
    checkpoints: queueCheckpoints(ports),
    build: version,
    commit: null,
  };
}
