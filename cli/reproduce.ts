import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import { version } from '../package.json';
import { readBaseArchive, readRunArchive, writeRunArchive } from '../src/checkpoint/archive';
import { presets, runName, type PresetName } from '../src/lab/config';
import { house } from '../src/lab/house';
import { perform, type Beginning, type Progress, type Workshop } from '../src/lab/reproduction/perform';
import { resultSchema, type Result, type Subject } from '../src/lab/reproduction/result';
import { subjectsOf } from '../src/lab/reproduction/subjects';
import { resultsOf, summarizeRow } from '../src/lab/reproduction/summary';
import { tableNames, tables, type Row, type TableName } from '../src/lab/reproduction/tables';
import { runFormat } from '../src/lab/run-format';
import type { Level } from '../src/world/world';
import { gpuOptions, UsageError, type Arguments, type CommandDescription } from './arguments';
import { NoBaseAgentsError, safeguardFile, shippedAgents } from './base-agents';
import { readIfPresent, writeAtomically } from './files';
import { Interruption } from './interruption';
import { Clock, duration, emit, percent, say } from './output';
import { Engine, type EngineChoice } from './session';

export const reproduceCommand = {
  name: 'reproduce',
  summary:
    'Trains and measures all that a table needs, on the audit draw. One JSON object a row; Ctrl-C saves, and the same command goes on.',
  operands: ['TABLE'],
  options: {
    seeds: { value: 'N', description: 'seeds 1 to N (default 3)' },
    preset: { value: 'NAME', description: `${Object.keys(presets).join(', ')} (default standard)` },
    prompts: { value: 'N', description: 'prompts a set (default 512)' },
    out: { value: 'DIR', description: 'folder of results, which are not made again (default results)' },
    json: { description: 'JSON on stdout, which is what it writes anyway' },
    ...gpuOptions,
  },
} as const satisfies CommandDescription;

/** A result on disk cannot be read. */
export class ResultDamagedError extends Error {
  override name = 'ResultDamagedError';
}

export async function reproduce(args: Arguments): Promise<void> {
  const names = args.operands[0].split(',').map((word): TableName => {
    const found = tableNames.find((name) => name === word);
    if (!found) throw new UsageError(`There is no table "${word}". The tables are ${tableNames.join(', ')}.`);
    return found;
  });
  const preset = presets[args.choice('preset', Object.keys(presets) as PresetName[]) ?? 'standard'];
  const seeds = Array.from({ length: args.count('seeds', 1) ?? 3 }, (_, i) => i + 1);
  const prompts = args.count('prompts', 1) ?? 512;
  const out = args.text('out') ?? 'results';
  const workshop = new FolderWorkshop(out, args);
  const subjects = subjectsOf(names, preset, seeds);
  const interruption = new Interruption();
  try {
    for (const [i, subject] of subjects.entries()) {
      say(`${i + 1} of ${subjects.length}: ${nameOf(subject)}`);
      const progress = new Teller();
      const result = await perform(subject, workshop, {
        prompts,
        stopping: () => interruption.asked,
        progress: (one) => progress.tell(one),
      });
      if (!result) {
        say('Stopped and saved; the same command goes on.');
        break;
      }
      for (const [serving, measurement] of Object.entries(result.measured)) {
        const { asr, orr, f1 } = measurement.evaluation;
        say(`  ${serving}: ASR ${percent(asr)}  ORR ${percent(orr)}  F1 ${percent(f1)}`);
      }
    }
  } finally {
    interruption.end();
  }
  const { sets } = house(preset.level).world;
  for (const table of names) {
    for (const row of tables[table].rows as readonly Row[]) {
      const summary = summarizeRow(
        row,
        sets,
        resultsOf(row, preset, seeds, (id) => workshop.read(id) ?? undefined),
      );
      if (summary) emit({ table, preset: preset.preset, prompts, ...summary });
    }
  }
}

function nameOf({ config, trained }: Subject): string {
  return trained ? runName(config) : `base agents, ${config.level}`;
}

/** Says how far it is, often enough and no more. */
class Teller {
  #clock: Clock | null = null;

  tell(progress: Progress): void {
    if (progress.kind === 'measuring') {
      if (progress.done === progress.total) say(`  measured ${progress.serving}: ${progress.total} prompts`);
      return;
    }
    const { step, total } = progress;
    this.#clock ??= new Clock(total, step);
    if (step % 25 === 0) say(`  step ${step} of ${total}, ${duration(this.#clock.remaining(step))} left`);
  }
}

/** Results as files of a folder, checkpoints beside them, agents from where they are shipped. */
class FolderWorkshop implements Workshop {
  readonly build = version;
  readonly house = house;
  readonly commit = commit();
  readonly #folder: string;
  readonly #choice: EngineChoice;

  constructor(folder: string, { adapter, kernels }: EngineChoice) {
    this.#folder = folder;
    this.#choice = { adapter, kernels };
  }

  async beginning(level: Level): Promise<Beginning> {
    const archives = [`${level}.waltz`, safeguardFile(level)].map((file) => {
      const path = join(shippedAgents, file);
      const bytes = readIfPresent(path);
      if (!bytes) throw new NoBaseAgentsError(level, path);
      return bytes;
    });
    const [base, guard] = await Promise.all(archives.map((bytes) => readBaseArchive(bytes)));
    const { conversation, feedback } = base.agents;
    const hash = createHash('sha256');
    for (const bytes of archives) hash.update(bytes);
    return { states: { conversation, feedback, safeguard: guard.agents['safeguard'] }, base: hash.digest('hex') };
  }

  async open(...[states, config, recorded]: Parameters<Workshop['open']>): ReturnType<Workshop['open']> {
    const engine = await Engine.open(this.#choice);
    try {
      const loaded = await engine.agents(states, { ...house(config.level), config }, recorded);
      const { conversation, feedback, safeguard } = loaded.agents;
      return {
        agents: { conversation, feedback },
        safeguard,
        provenance: { ...engine.provenance, variants: loaded.variants },
        states: () => loaded.states(),
        close: () => engine.close(),
      };
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /** A result, null where there is none. Throws `ResultDamagedError`. */
  read(id: string): Result | null {
    const path = join(this.#folder, `${id}.json`);
    const bytes = readIfPresent(path);
    if (!bytes) return null;
    const found = v.safeParse(resultSchema, JSON.parse(new TextDecoder().decode(bytes)));
    if (found.success) return found.output;
    const [issue] = found.issues;
    throw new ResultDamagedError(
      `${path}: ${v.getDotPath(issue) ?? 'content'}: ${issue.message}. Remove it to measure anew.`,
    );
  }

  readonly results = {
    find: (id: string) => Promise.resolve(this.read(id)),
    keep: (id: string, result: Result) => {
      writeAtomically(join(this.#folder, `${id}.json`), `${JSON.stringify(result)}\n`);
      return Promise.resolve();
    },
  };

  readonly checkpoints: Workshop['checkpoints'] = {
    find: async (id) => {
      const bytes = readIfPresent(this.#checkpoint(id));
      return bytes && (await readRunArchive(bytes, runFormat));
    },
    keep: async (id, run) => writeAtomically(this.#checkpoint(id), await writeRunArchive(run, runFormat)),
  };

  #checkpoint(id: string): string {
    return join(this.#folder, '.partial', `${id}.waltz`);
  }
}

/** Null outside of version control. */
function commit(): string | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', cwd: import.meta.dirname });
  return status === 0 ? stdout.trim() : null;
}
