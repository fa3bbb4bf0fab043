import { zipLimits } from '../../src/checkpoint/zip';
import { download } from '../../src/hub/download';
import { NoRoomError } from '../../src/hub/errors';
import { listModel } from '../../src/hub/list-model';
import { planBytes, type DownloadPlan } from '../../src/hub/remote-file';
import type { HubAccess } from '../../src/hub/request';
import type { HubCalls, HubChoice, HubNews, KeptDownload, ListedModel } from '../protocol/hub';
import type { Handlers } from '../protocol/calls';
import type { ModelStore } from './store';

export interface HubPorts {
  tell: (news: HubNews) => void;
  store: ModelStore;
  /** Bytes that the browser still gives; Infinity where it does not say. */
  free: () => Promise<number>;
  why: NonNullable<HubAccess['why']>;
}

/** Lists and downloads models, one at a time, and keeps what came. */
export class HubHost {
  readonly #ports: HubPorts;
  #stop = new AbortController();

  constructor(ports: HubPorts) {
    this.#ports = ports;
  }

  readonly handlers: Handlers<HubCalls> = {
    'hub.list': (asked) => this.#list(asked, asked.address),
    'hub.download': (asked) => this.#download(asked, asked.plan),
    'hub.cancel': () => {
      this.#stop.abort(new CancelledError());
      return null;
    },
    'hub.kept': () => this.#ports.store.list(),
    'hub.files': ({ model }) => this.#ports.store.files(model),
    'hub.remove': async ({ model }) => {
      await this.#ports.store.remove(model);
      return null;
    },
  };

  async #list(choice: HubChoice, address: string): Promise<ListedModel> {
    const { options, ...listing } = await listModel(this.#access(choice), address, this.#begin());
    const listed = options.map((plan) => ({ plan, bytes: planBytes(plan), obstacle: obstacleOf(plan) }));
    return { ...listing, options: listed };
  }

  async #download(choice: HubChoice, plan: DownloadPlan): Promise<KeptDownload> {
    const signal = this.#begin();
    const { store, done } = await this.#ports.store.begin(plan);
    await this.#checkRoom(plan, await done());
    const access = this.#access(choice);
    const onProgress = (progress: HubNews['progress']) => this.#ports.tell({ kind: 'progress', progress });
    try {
      await download(plan, store, { access, signal, onProgress });
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
    }
    return await done();
  }

  #access({ hub, token }: HubChoice): HubAccess {
    return { hub, token, fetch: (...args) => fetch(...args), why: this.#ports.why };
  }

  /** What was under way ends. */
  #begin(): AbortSignal {
    this.#stop.abort(new CancelledError());
    this.#stop = new AbortController();
    return this.#stop.signal;
  }

  async #checkRoom(plan: DownloadPlan, { bytes }: KeptDownload): Promise<void> {
    const missing = (planBytes(plan) ?? 0) - bytes;
    const free = await this.#ports.free();
    if (missing <= free) return;
    throw new NoRoomError(
      `${megabytes(missing)} are missing, and the browser gives this page ${megabytes(free)} more. Delete models or runs, or free some of the disk.`,
    );
  }
}

/** Somebody cancelled it, or began something else. */
class CancelledError extends Error {
  override name = 'CancelledError';

  constructor() {
    super('It was cancelled.');
  }
}

/** What is known of the sizes alone: archives are read whole, anything else in slices. */
function obstacleOf(plan: DownloadPlan): string {
  const large = plan.files.find(({ path, size }) => /\.(zip|waltz)$/i.test(path) && (size ?? 0) > zipLimits.total);
  if (!large) return '';
  return `${large.path} is larger than what this page takes in of an archive (${megabytes(zipLimits.total)}).`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
