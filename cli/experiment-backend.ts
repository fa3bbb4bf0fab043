import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { version } from '../package.json';
import { readRunArchive, writeRunArchive } from '../src/checkpoint/archive';
import { perRole } from '../src/waltz/game/roles';
import { environmentOf } from '../src/lab/models/environment';
import type { ExperimentBackend } from '../src/lab/reproduction/run-experiment';
import type { Result } from '../src/lab/reproduction/result';
import { runFormat } from '../src/lab/run/run-format';
import { shippedBeginning } from './base-agents';
import { readIfPresent, writeAtomically } from './files';
import { keepResult, readResult } from './result-files';
import { Engine, type EngineChoice } from './session';

/** Results as files of a folder, checkpoints beside them, agents from where they are shipped. */
export class FolderExperimentBackend implements ExperimentBackend {
  readonly build = version;
  readonly environmentOf = environmentOf;
  readonly beginning = shippedBeginning;
  readonly commit = commit();
  readonly #folder: string;
  readonly #choice: EngineChoice;

  constructor(folder: string, { adapter, kernels }: EngineChoice) {
    this.#folder = folder;
    this.#choice = { adapter, kernels };
  }

  async open(
    ...[states, config, recorded]: Parameters<ExperimentBackend['open']>
  ): ReturnType<ExperimentBackend['open']> {
    const engine = await Engine.open(this.#choice);
    try {
      const loaded = await engine.agents(states, { ...environmentOf(config.level), config }, recorded);
      return {
        agents: perRole(({ name }) => loaded.agents[name]),
        safeguard: loaded.agents.safeguard,
        provenance: { ...engine.provenance, variants: loaded.variants },
        states: () => loaded.states(),
        close: () => engine.close(),
      };
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  readonly results = {
    find: (id: string) => Promise.resolve(readResult(this.#folder, id)),
    keep: (id: string, result: Result) => {
      keepResult(this.#folder, id, result);
      return Promise.resolve();
    },
  };

  readonly checkpoints: ExperimentBackend['checkpoints'] = {
    find: async (id, base) => {
      const bytes = readIfPresent(this.#checkpoint(id, base));
      return bytes && (await readRunArchive(bytes, runFormat));
    },
    keep: async (id, base, run) => writeAtomically(this.#checkpoint(id, base), await writeRunArchive(run, runFormat)),
  };

  #checkpoint(id: string, base: string): string {
    return join(this.#folder, '.partial', `${id}-${base.slice(0, 16)}.waltz`);
  }
}

/** Marked where what results depend on differs from it; null outside of version control. */
function commit(): string | null {
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync('git', args, { encoding: 'utf8', cwd: join(import.meta.dirname, '..') });
    return status === 0 ? stdout.trim() : null;
  };
  const head = git('rev-parse', 'HEAD');
  const changes = git('status', '--porcelain', '--', 'src', 'cli', 'public/agents', 'package.json');
  return head && (changes ? `${head}-dirty` : head);
}
