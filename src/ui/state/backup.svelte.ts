import type { WorkerCalls } from '../../../workers/protocol/calls';
import type { Backup as Made, BackupCalls, BackupNews, BackupText } from '../../../workers/protocol/backup';
import { messageOf } from './problem';

export type BackupClient = Pick<WorkerCalls<BackupCalls, BackupNews>, 'ask' | 'close'>;

/** What the page needs to write everything into one file. */
export interface BackupPorts {
  /** Starts the worker that writes it. */
  connect: (hear: (news: BackupNews) => void) => BackupClient;
  /** Saves what is open as it stands; where it cannot be, it is written as it was saved last. */
  save: () => Promise<void>;
  /** Texts of the page's own. */
  texts: () => BackupText[];
  download: (name: string, archive: Blob) => void;
}

/** Everything that is kept in this browser, on its way into one file. */
export class Backup {
  progress = $state.raw<BackupNews | null>(null);
  /** What was written last. */
  made = $state.raw<Omit<Made, 'archive'> | null>(null);
  problem = $state('');
  writing = $state(false);
  readonly #ports: BackupPorts;
  #worker: BackupClient | null = null;

  constructor(ports: BackupPorts) {
    this.#ports = ports;
  }

  async make(): Promise<void> {
    if (this.writing) return;
    const { connect, save, texts, download } = this.#ports;
    const worker = connect((news) => (this.progress = news));
    this.#worker = worker;
    this.writing = true;
    this.made = null;
    this.problem = '';
    try {
      await save();
      const { archive, ...made } = await worker.ask('backup.make', { texts: texts() });
      download(made.name, archive);
      this.made = made;
    } catch (error) {
      if (this.#worker === worker) this.problem = messageOf(error);
    }
    if (this.#worker === worker) this.cancel();
  }

  /** Ends the worker, whatever it is at. */
  cancel(): void {
    this.#worker?.close();
    this.#worker = null;
    this.writing = false;
    this.progress = null;
  }
}
