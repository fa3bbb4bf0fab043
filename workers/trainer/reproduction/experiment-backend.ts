import { version } from '../../../package.json';
import type { Beginning } from '../../../src/lab/reproduction/beginning';
import type { ExperimentBackend } from '../../../src/lab/reproduction/run-experiment';
import { openRunModels } from '../../../src/lab/models/open-run-models';
import type { Backend } from '../../../src/model/backend';
import type { Ports } from '../ports';
import { queueCheckpoints, type QueueStores } from './checkpoints';

/** What the browser's backend leans on. */
export interface ExperimentBackendPorts extends Pick<Ports, 'beginning' | 'environmentOf'>, QueueStores {
  backend: () => Backend;
}

/** Models on the browser's GPU, results and runs in its stores. */
export function browserExperimentBackend({ backend, ...ports }: ExperimentBackendPorts): ExperimentBackend {
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
    open: (states, config, recorded) =>
      openRunModels(backend(), states, config, ports.environmentOf(config.level), {
        variants: { choice: 'tuned', recorded },
      }),
    results: ports.reproductions,
    checkpoints: queueCheckpoints(ports),
    build: version,
    commit: null,
  };
}
