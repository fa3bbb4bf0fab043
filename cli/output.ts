/** stdout is for machines, one JSON object a line, but for what is said in a chat; stderr is for people. */

/** JSON has no NaN: a figure that is none is written as null. */
export function emit(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Seconds as people write them: 42 s, 7:05, 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const rest = two(whole % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

/** Tells how long the rest of a job takes from what was done since it began. */
export class Clock {
  readonly #begun = performance.now();
  readonly #from: number;
  readonly #total: number;

  /** @param from what was done before, by an earlier process. */
  constructor(total: number, from = 0) {
    this.#total = total;
    this.#from = from;
  }

  /** Seconds since the beginning. */
  get elapsed(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  /** Seconds left, once `done` of the total are done. */
  remaining(done: number): number {
    return (this.elapsed / Math.max(1, done - this.#from)) * (this.#total - done);
  }
}

/** Fraction as a percentage with one decimal. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)}%`;
}
