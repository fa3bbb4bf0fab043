import type { Timing } from '../protocol/run';

/** Steps that the present rate is taken from. */
const WINDOW = 20;

interface Lap {
  /** Milliseconds. */
  wall: number;
  tokens: number;
}

/** How fast a run goes: training time so far, pauses left out, and what is left of it at the present rate. */
export class Pace {
  readonly #now: () => number;
  #steps: Lap[] = [];
  #evaluation: number | null = null;
  #before: number;
  #since: number | null = null;

  /** @param elapsed milliseconds of training before this session. */
  constructor(elapsed: number, now: () => number = () => performance.now()) {
    this.#before = elapsed;
    this.#now = now;
  }

  start(): void {
    this.#since ??= this.#now();
  }

  stop(): void {
    if (this.#since !== null) this.#before += this.#now() - this.#since;
    this.#since = null;
  }

  stepped(lap: Lap): void {
    this.#steps = [...this.#steps, lap].slice(-WINDOW);
  }

  /** @param wall milliseconds that an evaluation took. */
  evaluated(wall: number): void {
    this.#evaluation = wall;
  }

  timing(stepsLeft: number, evaluationsLeft: number): Timing {
    const wall = this.#steps.reduce((sum, step) => sum + step.wall, 0);
    const tokens = this.#steps.reduce((sum, step) => sum + step.tokens, 0);
    const count = this.#steps.length;
    return {
      elapsed: this.#before + (this.#since === null ? 0 : this.#now() - this.#since),
      // The first step also pays for what is made once.
      remaining: count < 2 ? null : (stepsLeft * wall) / count + evaluationsLeft * (this.#evaluation ?? 0),
      stepsPerSecond: wall > 0 ? (1000 * count) / wall : 0,
      tokensPerSecond: wall > 0 ? (1000 * tokens) / wall : 0,
    };
  }
}
