import type { Backend, SelfCheck } from '../../src/model/backend';
import type { Ports, Progress } from './ports';

export class DeviceClosedError extends Error {
  override name = 'DeviceClosedError';

  constructor() {
    super('Nothing that computes is open. Open it again, then go on.');
  }
}

type OpenDevice = Awaited<ReturnType<Ports['openBackend']>> & { selfCheck: SelfCheck };

/** What computes in this worker, while it is there. */
export class Device {
  readonly #openBackend: Ports['openBackend'];
  readonly #lost: (reason: string) => void;
  #open: OpenDevice | null = null;

  /** `lost` is called when it goes away by itself. */
  constructor({ openBackend }: Pick<Ports, 'openBackend'>, lost: (reason: string) => void) {
    this.#openBackend = openBackend;
    this.#lost = lost;
  }

  /** The backend that is open, null where none is. */
  get openBackend(): Backend | null {
    return this.#open?.backend ?? null;
  }

  /** The backend that is open. Throws `DeviceClosedError`. */
  backend(): Backend {
    if (!this.#open) throw new DeviceClosedError();
    return this.#open.backend;
  }

  /** Opens a backend and checks its arithmetic, unless one is open. */
  async open(progress: Progress): Promise<OpenDevice> {
    if (this.#open) return this.#open;
    const chosen = await this.#openBackend();
    const { backend } = chosen;
    const selfCheck = await backend.selfCheck(progress).catch((error: unknown) => {
      backend.close();
      throw error;
    });
    this.#open = { ...chosen, selfCheck };
    void backend.lost.then(({ reason }) => {
      if (this.#open?.backend !== backend) return;
      this.#open = null;
      this.#lost(reason);
    });
    return this.#open;
  }

  close(): void {
    this.#open?.backend.close();
    this.#open = null;
  }
}
