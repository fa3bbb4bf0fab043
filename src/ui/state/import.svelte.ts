import type { ImportDescription } from '../../lab/import/describe';
import type { OfferedFile } from '../../lab/import/read';
import type { Asks } from './commands.svelte';

/** What the importer asks of the session. */
export interface ImportPorts {
  asks: Asks;
  /** Reads files, and rejects with why they cannot be taken in. */
  read: (files: OfferedFile[]) => Promise<ImportDescription>;
  /** Puts the run that was described into hand; answers whether the worker took that. */
  takeRun: (title: string) => Promise<boolean>;
  /** Tells the visitor why something was not taken in. */
  refuse: (title: string, error: unknown) => void;
}

export type ImportPhase = 'none' | 'reading' | 'described' | 'taking' | 'taken';

/** What is safe where an import fails. */
export const NOTHING_CHANGED = 'Nothing was changed.';

/** A file on its way in: read, described, and taken in or not. */
export class Importer {
  phase = $state<ImportPhase>('none');
  /** What the file or folder is called. */
  label = $state('');
  description = $state.raw<ImportDescription | null>(null);
  /** What was taken in last, by the ids of the kept models. */
  taken = $state.raw<readonly string[]>([]);

  readonly #ports: ImportPorts;
  /** Answers to earlier looks are nobody's any more. */
  #look = 0;

  constructor(ports: ImportPorts) {
    this.#ports = ports;
  }

  get #title(): string {
    return `${this.label} was not imported`;
  }

  /** Shows what is in these files; gathering them may fail as well. Nothing is kept. */
  async offer(label: string, gather: () => Promise<OfferedFile[]> | OfferedFile[]): Promise<void> {
    if (this.phase === 'taking') return;
    const look = ++this.#look;
    this.label = label;
    this.description = null;
    this.phase = 'reading';
    try {
      const files = await gather();
      if (look !== this.#look) return;
      const description = await this.#ports.read(files);
      if (look !== this.#look) return;
      this.description = description;
      this.phase = 'described';
    } catch (error) {
      if (look === this.#look) this.#refuse(error);
    }
  }

  async take(): Promise<void> {
    if (this.phase !== 'described') return;
    this.phase = 'taking';
    const title = this.#title;
    if (this.description?.run) {
      await this.#ports.takeRun(title);
      // The page itself tells of a run.
      this.close();
      return;
    }
    const taken = await this.#ports.asks.do('import.take', {}, title, { kept: NOTHING_CHANGED });
    if (!taken) {
      this.close();
      return;
    }
    this.taken = taken.value.guests;
    this.phase = 'taken';
  }

  /** Lets go of what was read. */
  async cancel(): Promise<void> {
    const held = this.phase === 'reading' || this.phase === 'described';
    const title = this.#title;
    this.close();
    if (held) await this.#ports.asks.ask('import.drop', {}, title, { kept: NOTHING_CHANGED });
  }

  close(): void {
    this.#look++;
    this.phase = 'none';
    this.description = null;
  }

  #refuse(error: unknown): void {
    const title = this.#title;
    this.close();
    this.#ports.refuse(title, error);
  }
}
