import { version } from '../../../package.json';
import { archiveName } from '../../../src/lab/models/shipped';
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
    beginning: (choice) => {
      const name = archiveName(choice);
      const known = beginnings.get(name);
      if (known) return known;
      const asked = ports.beginning(choice);
      beginnings.set(name, asked);
      // What did not load is asked for again.
      asked.catch(() => beginnings.delete(name));
      return asked;
    },
    environmentOf: (task) => ports.environmentOf(task),
    open: (states, config, { variants: recorded }) =>
      openRunModels(backend(), states, config, ports.environmentOf(config.task), {
        variants: { choice: 'tuned', recorded },
      }),
    results: ports.reproductions,
    checkpoints: queueCheckpoints(ports),
    build: version,
    commit: null,
  };
}
