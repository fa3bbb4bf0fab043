import type { Timing } from '../../../workers/protocol/run';
import type { RecordedRun } from '../../lab/run/recorded-run';
import type { StepMetrics } from '../../waltz/learn/metrics';
import type { ShownRun } from './shown-run.svelte';

/** Milliseconds to look at one recorded batch, and the least and the most for the whole recording. */
const perBatch = 2500;
const shortest = 12_000;
const longest = 45_000;

/** Plays a recorded run into a shown run as the very events that a worker would have sent. */
export class Player {
  playing = $state(false);
  /** Index into the recorded metrics of the last step shown; −1 before the first. */
  position = $state(-1);

  readonly recorded: RecordedRun;
  #store: ShownRun;
  #batches: Map<number, RecordedRun['batches'][number]['rollouts']>;
  #elapsed: number[] = [];
  #due = 0;
  #duration: number;
  #last: number | null = null;

  constructor(store: ShownRun, recorded: RecordedRun) {
    this.#store = store;
    this.recorded = recorded;
    this.#batches = new Map(recorded.batches.map((batch) => [batch.step, batch.rollouts]));
    this.#duration = Math.min(longest, Math.max(shortest, perBatch * recorded.batches.length));
    let total = 0;
    for (const metrics of recorded.metrics) this.#elapsed.push((total += metrics.time.total));
    this.seek(0);
  }

  get length(): number {
    return this.recorded.metrics.length;
  }

  get ended(): boolean {
    return this.position >= this.length - 1;
  }

  play(): void {
    if (this.ended) this.seek(0);
    if (this.playing) return;
    this.playing = true;
    this.#last = null;
    this.#store.apply({ kind: 'run.status', status: 'running', step: this.#step });
    requestAnimationFrame(this.#tick);
  }

  pause(): void {
    this.playing = false;
    this.#store.apply({ kind: 'run.status', status: this.ended ? 'finished' : 'paused', step: this.#step });
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** One recorded step on, then paused. */
  advance(): void {
    if (!this.ended) this.#show(this.position + 1);
    this.pause();
  }

  /** Shows the recording as it stood after this many of its steps. */
  seek(position: number): void {
    const at = Math.min(Math.max(0, Math.round(position)), this.length - 1);
    const { config, metrics, evaluations, batches, adapter } = this.recorded;
    const { step } = metrics[at];
    // The batch in sight is the last one recorded until then; the steps since it had none.
    const batch = batches.findLast((each) => each.step <= step);
    const since = batch ? metrics.findIndex((each) => each.step === batch.step) : at;
    this.#store.apply({
      kind: 'run.opened',
      run: 'recorded',
      name: `recorded on ${adapter.description}`,
      config,
      origins: {},
      step,
      metrics: metrics.slice(0, since),
      evaluations: evaluations.filter((evaluation) => evaluation.step <= step),
      measured: [],
      exact: true,
    });
    for (let each = since; each <= at; each++) this.#stepped(each);
    this.position = at;
    const status = this.playing ? 'running' : this.ended ? 'finished' : 'paused';
    this.#store.apply({ kind: 'run.status', status, step });
  }

  #tick = (now: number): void => {
    if (!this.playing) return;
    if (this.#last !== null) this.#due += ((now - this.#last) / this.#duration) * this.length;
    this.#last = now;
    // After a while in a hidden tab the next frame would be due for hundreds of steps: go on, do not catch up.
    this.#due = Math.min(this.#due, 8);
    while (this.#due >= 1 && !this.ended) {
      this.#due -= 1;
      this.#show(this.position + 1);
    }
    if (this.ended) this.pause();
    else requestAnimationFrame(this.#tick);
  };

  get #step(): number {
    return this.recorded.metrics[Math.max(0, this.position)].step;
  }

  #show(at: number): void {
    this.#stepped(at);
    this.#evaluated(this.recorded.metrics[at].step);
    this.position = at;
  }

  #stepped(at: number): void {
    const metrics = this.recorded.metrics[at];
    const rollouts = this.#batches.get(metrics.step) ?? [];
    this.#store.apply({ kind: 'run.stepped', metrics, timing: this.#timing(at), rollouts });
  }

  #evaluated(step: number): void {
    for (const evaluation of this.recorded.evaluations) {
      if (evaluation.step === step) this.#store.apply({ kind: 'run.evaluated', evaluation });
    }
  }

  /** The rates that the run was recorded at, not those of the replay. */
  #timing(at: number): Timing {
    const recent = this.recorded.metrics.slice(Math.max(0, at - 9), at + 1);
    const sum = (of: (metrics: StepMetrics) => number) => recent.reduce((total, each) => total + of(each), 0);
    const seconds = sum((each) => each.time.total) / 1000;
    return {
      elapsed: this.#elapsed[at],
      remaining: this.#elapsed[this.length - 1] - this.#elapsed[at],
      stepsPerSecond: recent.length / seconds,
      tokensPerSecond: sum((each) => each.tokens_generated + each.tokens_trained) / seconds,
    };
  }
}
