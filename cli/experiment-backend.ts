import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../package.json';
import { readRunArchive, writeRunArchive } from '../src/checkpoint/archive';
import { environmentOf } from '../src/lab/models/environment';
import { openRunModels } from '../src/lab/models/open-run-models';
import type { ExperimentBackend } from '../src/lab/reproduction/run-experiment';
import type { Result } from '../src/lab/reproduction/result';
import { runFormat } from '../src/lab/run/run-format';
import { shippedBeginning } from './base-agents';
import { readIfPresent, writeAtomically } from './files';
import { root } from './root';
import { keepResult, readResult } from './result-files';
import { openNodeBackend } from './backend';
import type { BackendChoice } from './compute-options';

/** Results as files of a folder, checkpoints beside them, agents from where they are shipped. */
export class FolderExperimentBackend implements ExperimentBackend {
  readonly build = version;
  readonly environmentOf = environmentOf;
  readonly beginning = shippedBeginning;
  readonly commit = commit();
  readonly #folder: string;
  readonly #choice: BackendChoice;

  constructor(folder: string, choice: BackendChoice) {
    this.#folder = folder;
    this.#choice = choice;
  }

  async open(
    ...[states, config, recorded]: Parameters<ExperimentBackend['open']>
  ): ReturnType<ExperimentBackend['open']> {
    const { backend } = await openNodeBackend(this.#choice, { recorded });
    try {
      const variants = { choice: this.#choice.kernels, recorded: recorded.variants };
      const opened = await openRunModels(backend, states, config, environmentOf(config.task), { variants });
      return { ...opened, close: () => backend.close() };
    } catch (error) {
      backend.close();
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

/** Marked where what results depend on differs from it; null outside of version control, or in that of who installed this. */
function commit(): string | null {
  if (!existsSync(join(root, '.git'))) return null;
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync('git', args, { encoding: 'utf8', cwd: root });
    return status === 0 ? stdout.trim() : null;
  };
  const head = git('rev-parse', 'HEAD');
  const changes = git('status', '--porcelain', '--', 'src', 'cli', 'public/agents', 'package.json');
  return head && (changes ? `${head}-dirty` : head);
}
