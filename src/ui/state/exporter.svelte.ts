import type { CommandBody, Event } from '../../../workers/protocol/trainer';
import type { Exported, ExportFormat } from '../../../workers/protocol/run';
import { download } from '../files/download';

type ExportCommand = Extract<CommandBody, { kind: 'run.export' }>;

/** Runs as files that are downloaded. */
export class Exporter {
  /** True while a file is being written. */
  writing = $state(false);
  /** What was exported last, until the visitor has seen how to load it. */
  exported = $state.raw<Exported | null>(null);

  readonly #send: (command: ExportCommand, failure: string) => Promise<boolean>;

  /** @param send resolves with whether it was taken; a failure is told to the visitor under the title given. */
  constructor(send: (command: ExportCommand, failure: string) => Promise<boolean>) {
    this.#send = send;
  }

  hear(event: Event): void {
    if (event.kind !== 'run.exported') return;
    this.writing = false;
    download(event.name, event.archive);
    this.exported = { format: event.format, name: event.name, snippets: event.snippets };
  }

  /** The run on the page, or a saved one, as a file. */
  async run(run?: string, format: ExportFormat = 'waltz'): Promise<void> {
    this.writing = true;
    const command: ExportCommand = { kind: 'run.export', format, ...(run === undefined ? {} : { run }) };
    // Taken is not done: the file comes when the step in hand allows.
    if (!(await this.#send(command, 'The export failed'))) this.writing = false;
  }

  /** The worker failed while it may have been writing. */
  breakOff(): void {
    this.writing = false;
  }

  dismiss(): void {
    this.exported = null;
  }
}
