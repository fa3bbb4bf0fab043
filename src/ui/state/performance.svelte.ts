import type { PerformanceNews } from '../../../workers/protocol/performance';
import type { VariantChoice } from '../../model/variants';
import type { Trainer } from './commands.svelte';
import { messageOf } from './problem';
import { remember, remembered } from './remembered';

export type WatchedStep = Omit<Extract<PerformanceNews, { kind: 'performance.step' }>, 'kind'>;
export type KernelReport = Omit<Extract<PerformanceNews, { kind: 'performance.kernels' }>, 'kind'>;

const key = 'waltz.kernels';
/** Steps that an export holds beside the one on show. */
const kept = 64;
/** Milliseconds that a step stays on show while others follow: numbers are to be read. */
const readable = 500;

/** What the performance panel knows. The worker measures only while the panel is open. */
export class Performance {
  open = $state(false);
  /** Kernels of the next run that starts. Remembered where storage is allowed. */
  choice = $state<VariantChoice>('tuned');
  /** What computes the run in hand; null before there is one. */
  kernels = $state.raw<KernelReport | null>(null);
  /** The latest steps that were watched, the one on show last. */
  steps = $state.raw<readonly WatchedStep[]>([]);
  /** What became of `timeAgain`. */
  note = $state('');

  readonly #trainer: () => Trainer | null;
  #waiting: WatchedStep[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param trainer the worker, null before there is one. */
  constructor(trainer: () => Trainer | null) {
    this.#trainer = trainer;
    if (remembered(key) === 'plain') this.choice = 'plain';
  }

  get latest(): WatchedStep | null {
    return this.steps[this.steps.length - 1] ?? null;
  }

  toggle(): void {
    this.open = !this.open;
    this.note = '';
    this.#watch();
  }

  choose(choice: VariantChoice): void {
    this.choice = choice;
    remember(key, choice);
  }

  /** Forgets which kernels are fastest on this adapter, so that the next run finds out again. */
  async timeAgain(): Promise<void> {
    try {
      await this.#trainer()?.ask('performance.forget', {});
      this.note = 'Forgotten. The next run that starts on tuned kernels times them again.';
    } catch (error) {
      this.note = `Nothing was forgotten. ${messageOf(error)}`;
    }
  }

  /** There is a GPU now; the panel may have been opened before there was a worker to tell. */
  deviceOpened(): void {
    if (this.open) this.#watch();
  }

  /** Another run is in hand. */
  runOpened(): void {
    this.#waiting = [];
    this.steps = [];
    this.kernels = null;
  }

  hear(news: PerformanceNews): void {
    if (news.kind === 'performance.kernels') {
      this.kernels = news;
      return;
    }
    this.#waiting = [...this.#waiting, news].slice(-kept);
    if (this.#timer === undefined) this.#show();
  }

  #watch(): void {
    // A worker that cannot hear it has stopped, and the page says so elsewhere.
    this.#trainer()
      ?.ask('performance.watch', { on: this.open })
      .catch(() => undefined);
  }

  #show(): void {
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    this.steps = [...this.steps, ...this.#waiting].slice(-kept);
    this.#waiting = [];
    this.#timer = setTimeout(() => this.#show(), readable);
  }
}
