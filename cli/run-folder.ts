/** A run on disk: its last checkpoint as one archive, and its history as lines that other programs read. */
import { join } from 'node:path';
import { readRunArchive, writeRunArchive } from '../src/checkpoint/archive';
import type { RecordedBatch } from '../src/lab/run/recorded-run';
import { runFormat, type KeptRun } from '../src/lab/run/run-format';
import type { AdapterSummary } from '../src/model/adapter-summary';
import { readIfPresent, writeAtomically } from './files';

/** Where and how a run was made, for people and for the page's recording. */
export interface About {
  command: string;
  adapter: AdapterSummary;
}

/** There is no run in this folder. */
export class NoRunError extends Error {
  override name = 'NoRunError';

  constructor(folder: string) {
    super(`There is no run in ${folder}: it has no run.waltz. Give the folder of \`waltz train --out\`.`);
  }
}

const lines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get archive(): string {
    return join(this.path, 'run.waltz');
  }

  /** The last checkpoint, null where there is none. Throws what `readRunArchive` throws. */
  async find(): Promise<KeptRun | null> {
    const bytes = readIfPresent(this.archive);
    return bytes && (await readRunArchive(bytes, runFormat));
  }

  /** The last checkpoint. @throws {NoRunError} and what `readRunArchive` throws. */
  async read(): Promise<KeptRun> {
    const saved = await this.find();
    if (!saved) throw new NoRunError(this.path);
    return saved;
  }

  /** The archive is written last: the lines are never behind it. */
  async write(saved: KeptRun, batches: readonly RecordedBatch[], about: About): Promise<void> {
    const archive = await writeRunArchive(saved, runFormat);
    writeAtomically(join(this.path, 'metrics.jsonl'), lines(saved.metrics));
    writeAtomically(join(this.path, 'evaluations.jsonl'), lines(saved.evaluations));
    writeAtomically(join(this.path, 'rollouts.jsonl'), lines(batches));
    writeAtomically(join(this.path, 'about.json'), `${JSON.stringify(about, null, 2)}\n`);
    writeAtomically(this.archive, archive);
  }

  /** @throws {NoRunError} */
  about(): About {
    const bytes = readIfPresent(join(this.path, 'about.json'));
    if (!bytes) throw new NoRunError(this.path);
    return JSON.parse(new TextDecoder().decode(bytes)) as About;
  }

  /** Rollouts kept up to this step. */
  batches(step: number): RecordedBatch[] {
    const bytes = readIfPresent(join(this.path, 'rollouts.jsonl'));
    if (!bytes) return [];
    const all = new TextDecoder().decode(bytes).split('\n');
    return all
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RecordedBatch)
      .filter((batch) => batch.step <= step);
  }
}
