import type {
  DownloadPlan,
  DownloadProgress,
  HubNews,
  KeptDownload,
  ListedModel,
  OfferedFile,
} from '../../../workers/protocol/hub';
import { HUGGING_FACE } from '../../hub/model-address';
import type { HubClient } from '../hub/client';
import { messageOf } from './problem';
import { remember, remembered } from './remembered';

const HUB = 'waltz.hub';

export interface DownloadsPorts {
  connect: (hear: (news: HubNews) => void) => HubClient;
  /** A model is here, and is to be looked at. */
  offer: (label: string, gather: () => Promise<OfferedFile[]>) => void;
  /** Something is about to be kept in this browser. */
  protect: () => void;
}

export type DownloadsStatus = 'idle' | 'listing' | 'downloading' | 'cancelling';

/** Models from the Hub or any address: what was asked for, what comes, and what is kept in this browser. */
export class Downloads {
  address = $state('');
  hub = $state(remembered(HUB) ?? HUGGING_FACE);
  /** In memory alone, as long as the page is open. */
  token = $state('');
  status = $state<DownloadsStatus>('idle');
  listed = $state.raw<ListedModel | null>(null);
  /** What is being downloaded. */
  plan = $state.raw<DownloadPlan | null>(null);
  progress = $state.raw<DownloadProgress | null>(null);
  /** Newest first; null until the worker has told. */
  kept = $state.raw<readonly KeptDownload[] | null>(null);
  problem = $state('');

  readonly #ports: DownloadsPorts;
  readonly #worker: HubClient;

  constructor(ports: DownloadsPorts) {
    this.#ports = ports;
    this.#worker = ports.connect(({ progress }) => (this.progress = progress));
  }

  get #choice() {
    return { hub: this.hub, token: this.token.trim() };
  }

  get busy(): boolean {
    return this.status !== 'idle';
  }

  async look(): Promise<void> {
    await this.#try(async () => {
      this.kept = await this.#worker.ask('hub.kept', {});
    });
  }

  keepHub(): void {
    if (this.hub.trim() === '') this.hub = HUGGING_FACE;
    remember(HUB, this.hub);
  }

  /** Asks for files and sizes; nothing is downloaded. */
  async list(address: string): Promise<void> {
    if (this.busy) return;
    this.address = address;
    this.listed = null;
    this.status = 'listing';
    await this.#try(async () => {
      this.listed = await this.#worker.ask('hub.list', { ...this.#choice, address });
    });
    this.status = 'idle';
  }

  /** Downloads what is missing of it, then shows what is in it. */
  async download(plan: DownloadPlan): Promise<void> {
    if (this.busy) return;
    this.plan = plan;
    this.progress = null;
    this.status = 'downloading';
    this.#ports.protect();
    let done: KeptDownload | null = null;
    await this.#try(async () => {
      done = await this.#worker.ask('hub.download', { ...this.#choice, plan });
    });
    const problem = this.problem;
    this.status = 'idle';
    this.plan = null;
    await this.look();
    if (problem !== '') this.problem = problem;
    if (done) this.#show(done);
  }

  async cancel(): Promise<void> {
    if (this.status === 'downloading') this.status = 'cancelling';
    await this.#worker.ask('hub.cancel', {}).catch(() => undefined);
  }

  /** Shows what is in a model that is here, to be taken in or not. */
  use({ model, plan }: KeptDownload): void {
    this.#ports.offer(plan.name, () => this.#worker.ask('hub.files', { model }));
  }

  async remove({ model }: KeptDownload): Promise<void> {
    await this.#try(async () => {
      await this.#worker.ask('hub.remove', { model });
    });
    if (this.problem === '') await this.look();
  }

  #show(done: KeptDownload): void {
    if (!done.complete) return;
    this.listed = null;
    this.address = '';
    this.use(done);
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.problem = '';
    try {
      await work();
    } catch (error) {
      // Whoever cancelled knows it.
      const { name } = error as { name?: string };
      if (name !== 'CancelledError') this.problem = messageOf(error);
    }
  }
}
