import type { Engine, Ports, Progress } from './ports';

export class DeviceClosedError extends Error {
  override name = 'DeviceClosedError';

  constructor() {
    super('The GPU is not open. Open it again, then go on.');
  }
}

/** The GPU of this worker, while it is there. */
export class Device {
  readonly #openEngine: Ports['openEngine'];
  readonly #lost: (reason: string) => void;
  #engine: Engine | null = null;

  /** `lost` is called when it goes away by itself. */
  constructor({ openEngine }: Pick<Ports, 'openEngine'>, lost: (reason: string) => void) {
    this.#openEngine = openEngine;
    this.#lost = lost;
  }

  /** Null where it is not open. */
  get engine(): Engine | null {
    return this.#engine;
  }

  /** Throws `DeviceClosedError`. */
  opened(): Engine {
    if (!this.#engine) throw new DeviceClosedError();
    return this.#engine;
  }

  async open(progress: Progress): Promise<Engine> {
    if (this.#engine) return this.#engine;
    const engine = await this.#openEngine(progress);
    this.#engine = engine;
    void engine.lost.then(({ reason, byUs }) => {
      if (byUs || this.#engine !== engine) return;
      this.#engine = null;
      this.#lost(reason);
    });
    return engine;
  }
}
