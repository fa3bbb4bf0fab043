import type { CommandBody, Event } from '../../../workers/protocol/trainer';
import type { ImportDescription } from '../../lab/import/describe';
import type { OfferedFile } from '../../lab/import/read';

type ImportCommand = Extract<CommandBody, { kind: `import.${string}` }>;

/** What the importer asks of the session. */
export interface ImportPorts {
  /** Resolves with whether it was done; a failure is told to the visitor under the title given. */
  send: (command: ImportCommand, title: string) => Promise<boolean>;
  /** Puts the run that was described into hand, in the same way. */
  takeRun: (title: string) => Promise<boolean>;
  /** Tells the visitor why something was not taken in. */
  refuse: (title: string, error: unknown) => void;
}

export type ImportPhase = 'none' | 'reading' | 'described' | 'taking' | 'taken';

/** A file on its way in: read, described, and taken in or not. */
export class Importer {
  phase = $state<ImportPhase>('none');
  /** What the file or folder is called. */
  label = $state('');
  description = $state.raw<ImportDescription | null>(null);

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
      if (!(await this.#ports.send({ kind: 'import.look', look, files }, this.#title))) this.close();
    } catch (error) {
      if (look === this.#look) this.#refuse(error);
    }
  }

  async take(): Promise<void> {
    if (this.phase !== 'described') return;
    this.phase = 'taking';
    const run = this.description?.run ?? null;
    const title = this.#title;
    const taken = await (run ? this.#ports.takeRun(title) : this.#ports.send({ kind: 'import.take' }, title));
    // A run is told of by the page itself, a failure by its notice.
    if (run || !taken) this.close();
  }

  /** Lets go of what was read. */
  async cancel(): Promise<void> {
    const held = this.phase === 'reading' || this.phase === 'described';
    const title = this.#title;
    this.close();
    if (held) await this.#ports.send({ kind: 'import.drop' }, title);
  }

  close(): void {
    this.#look++;
    this.phase = 'none';
    this.description = null;
  }

  hear(event: Event): void {
    if (event.kind === 'import.described' && event.look === this.#look) {
      this.description = event.description;
      this.phase = 'described';
    }
    if (event.kind === 'import.refused' && event.look === this.#look) this.#refuse(event.error);
    if (event.kind === 'import.taken' && this.phase === 'taking') this.phase = 'taken';
    // A failure that came after its command was taken: the page tells of it.
    if (event.kind === 'error' && event.id === null && this.phase === 'taking') this.close();
  }

  #refuse(error: unknown): void {
    const title = this.#title;
    this.close();
    this.#ports.refuse(title, error);
  }
}
