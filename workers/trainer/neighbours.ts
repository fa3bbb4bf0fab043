/** Other tabs of this browser, which share its stores. What may change in one. */
export type Change = 'runs' | 'guests';

/** The part of `BroadcastChannel` that is used. */
export interface Channel {
  postMessage(change: Change): void;
  addEventListener(kind: 'message', hear: (message: Event) => void): void;
}

export interface NeighbourPorts {
  /** To other tabs. */
  channel: Channel;
  /** Runs that they have taken. */
  lockedElsewhere: () => Promise<ReadonlySet<string>>;
}

/** Milliseconds after which it is looked again whether another tab still has a run: one that is closed tells nobody. */
const EVERY = 2000;

/** Tells other tabs what has changed here, and hears what has changed there. */
export class Neighbours {
  readonly #channel: Channel;
  readonly #lockedElsewhere: NeighbourPorts['lockedElsewhere'];
  #followed: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ channel, lockedElsewhere }: NeighbourPorts) {
    this.#channel = channel;
    this.#lockedElsewhere = lockedElsewhere;
  }

  tell(change: Change): void {
    this.#channel.postMessage(change);
  }

  /** `heard` is called when another tab has changed it. */
  on(change: Change, heard: () => Promise<void>): void {
    this.#channel.addEventListener('message', (message) => {
      // A store that cannot be read is told of by what this tab asks for next.
      if ((message as MessageEvent).data === change) heard().catch(() => undefined);
    });
  }

  /** Runs that other tabs have open. `changed` is called once they are others. */
  async open(changed: () => Promise<void>): Promise<ReadonlySet<string>> {
    const open = await this.#lockedElsewhere();
    this.#followed = keyOf(open);
    this.#follow(changed);
    return open;
  }

  #follow(changed: () => Promise<void>): void {
    clearTimeout(this.#timer);
    if (this.#followed === '') return;
    this.#timer = setTimeout(() => {
      void this.#lockedElsewhere().then((open) => {
        if (keyOf(open) === this.#followed) this.#follow(changed);
        else changed().catch(() => undefined);
      });
    }, EVERY);
  }
}

function keyOf(runs: ReadonlySet<string>): string {
  return [...runs].sort().join(' ');
}
