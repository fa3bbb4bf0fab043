import type { Exported, ExportFormat } from '../../../workers/protocol/run';
import { download } from '../files/download';
import type { Asks } from './commands.svelte';

/** Runs as files that are downloaded. */
export class Exporter {
  /** True while a file is being written. */
  writing = $state(false);
  /** What was exported last, until the visitor has seen how to load it. */
  exported = $state.raw<Exported | null>(null);

  readonly #asks: Pick<Asks, 'ask'>;

  constructor(asks: Pick<Asks, 'ask'>) {
    this.#asks = asks;
  }

  /** The run on the page, or a saved one, as a file. It comes when the step in hand allows. */
  async run(run?: string, format: ExportFormat = 'waltz'): Promise<void> {
    this.writing = true;
    const asked = { format, ...(run !== undefined && { run }) };
    const answered = await this.#asks.ask('run.export', asked, 'The export failed');
    this.writing = false;
    if (!answered) return;
    const { archive, ...exported } = answered.value;
    download(exported.name, archive);
    this.exported = exported;
  }

  dismiss(): void {
    this.exported = null;
  }
}
