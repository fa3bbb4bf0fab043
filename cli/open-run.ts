/** The agents of a run on a backend, as the commands use them. */
import { environmentOf, type Environment } from '../src/lab/models/environment';
import { openRunModels } from '../src/lab/models/open-run-models';
import type { RunConfig } from '../src/lab/config/run-config';
import type { RunParts } from '../src/lab/run/run';
import type { AdapterSummary } from '../src/model/adapter-summary';
import { continuedBy, isExact, type Provenance } from '../src/model/provenance';
import type { AgentState } from '../src/model/state';
import { perRole, roleNames, type RoleName } from '../src/waltz/game/roles';
import { openNodeBackend, sayMemory } from './backend';
import type { BackendChoice } from './compute-options';
import { say } from './output';

export interface OpenRunOptions {
  choice: BackendChoice;
  config: RunConfig;
  states: Readonly<Record<string, AgentState>>;
  /** What computed a run that goes on here: its variants are replayed, on its backend where none is asked for. */
  recorded?: Provenance | undefined;
}

/** All agents of a run, with what a `Run` needs around them. */
export interface OpenedRun extends Environment {
  parts: RunParts;
  adapter: AdapterSummary;
  provenance: Provenance;
  states(): Promise<Record<RoleName, AgentState>>;
  close(): void;
}

/** An archive lacks an agent. */
export class MissingAgentError extends Error {
  override name = 'MissingAgentError';
}

export async function openRun({ choice, config, states, recorded }: OpenRunOptions): Promise<OpenedRun> {
  for (const name of roleNames) {
    if (!Object.hasOwn(states, name)) {
      throw new MissingAgentError(
        `There is no ${name} agent that this engine can run. Choose another archive; one with ONNX weights plays in the page.`,
      );
    }
  }
  const around = environmentOf(config.task);
  const { backend } = await openNodeBackend(choice, { recorded });
  try {
    const variants = { choice: choice.kernels, recorded: recorded?.variants ?? {} };
    const opened = await openRunModels(
      backend,
      perRole(({ name }) => states[name]),
      config,
      around,
      { variants },
    );
    const { models, provenance, bytes } = opened;
    sayMemory(backend, bytes);
    if (recorded) sayWhetherExact(recorded, provenance);
    return {
      ...{ ...around, adapter: backend.adapter },
      provenance: recorded ? continuedBy(recorded, provenance) : provenance,
      parts: { ...around, agents: models },
      states: () => opened.states(),
      close: () => backend.close(),
    };
  } catch (error) {
    backend.close();
    throw error;
  }
}

function sayWhetherExact(recorded: Provenance, present: Provenance): void {
  if (isExact(recorded, present)) return;
  const words = (['adapter', 'build', 'variants'] as const)
    .map((part) => [part, JSON.stringify(recorded[part]), JSON.stringify(present[part])])
    .filter(([, before, now]) => before !== now)
    .map(([part, before, now]) => `${part} ${before} before, ${now} now`);
  say(`The run continues, not bit-exact: ${words.join('; ')}.`);
}
