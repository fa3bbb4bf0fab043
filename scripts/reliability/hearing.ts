import type { BrowserContext } from '@playwright/test';
import type { SavedRun as Saved } from '../../workers/protocol/runs';
import type { TrainerNews } from '../../workers/protocol/trainer';

/** A run that the page says is kept. */
export type SavedRun = Pick<Saved, 'run' | 'step' | 'finished'>;

/** What the page hears of its trainer and shows, as far as it matters here. */
export type Heard =
  | { kind: 'opened'; run: string; step: number }
  | { kind: 'stepped'; step: number }
  | { kind: 'saving' }
  /** The runs that are said to be saved, and at which step. */
  | { kind: 'saved'; runs: SavedRun[] }
  | { kind: 'status'; status: string }
  | { kind: 'lost' }
  | { kind: 'failed'; message: string };

declare global {
  interface Window {
    hearing: (heard: Heard) => void;
  }
}

/** It took too long, or the page said that something failed. */
export class HearingError extends Error {
  override name = 'HearingError';
}

/** Listens beside the page to what its trainer tells it. */
export class Hearing {
  readonly all: Heard[] = [];
  #wake: (() => void)[] = [];

  /** Of every page of this browser that is opened from now on. */
  static async in(context: BrowserContext): Promise<Hearing> {
    const hearing = new Hearing();
    await context.exposeBinding('hearing', (_source, heard: Heard) => hearing.#hear(heard));
    await context.addInitScript(listen);
    return hearing;
  }

  /** The runs that were last said to be saved. */
  get saved(): SavedRun[] {
    return this.all.findLast((heard) => heard.kind === 'saved')?.runs ?? [];
  }

  /** The last step at which this run was said to be saved, null where it was not. */
  savedStep(run: string): number | null {
    return this.saved.find((each) => each.run === run)?.step ?? null;
  }

  get lastOpened(): string | null {
    return this.all.findLast((heard) => heard.kind === 'opened')?.run ?? null;
  }

  get lastStep(): number {
    return this.all.findLast((heard) => heard.kind === 'stepped')?.step ?? 0;
  }

  /** Waits until `found` finds something among what was heard. @throws {HearingError} */
  async until<Found>(what: string, found: (all: Heard[]) => Found | null | undefined, seconds = 240): Promise<Found> {
    const end = performance.now() + 1000 * seconds;
    for (;;) {
      const there = found(this.all);
      if (there !== null && there !== undefined) return there;
      const left = end - performance.now();
      if (left <= 0) throw new HearingError(`After ${seconds} s there was no ${what}.`);
      await new Promise<void>((wake) => {
        this.#wake.push(wake);
        setTimeout(wake, Math.min(left, 1000));
      });
    }
  }

  #hear(heard: Heard): void {
    this.all.push(heard);
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** Runs in the page, before its own scripts: hears what its trainer posts, and changes nothing. */
function listen(): void {
  const heard = (news: TrainerNews): Heard | null => {
    switch (news.kind) {
      case 'run.opened':
        return { kind: 'opened', run: news.run, step: news.step };
      case 'run.stepped':
        return { kind: 'stepped', step: news.metrics.step };
      case 'run.progress':
        return news.phase === 'saving' ? { kind: 'saving' } : null;
      case 'runs.saved':
        return { kind: 'saved', runs: news.saved.map(({ run, step, finished }) => ({ run, step, finished })) };
      case 'run.status':
        return { kind: 'status', status: news.status };
      case 'device.lost':
        return { kind: 'lost' };
      case 'run.failed':
      case 'failed':
        return { kind: 'failed', message: `${news.error.name}: ${news.error.message}` };
      default:
        return null;
    }
  };
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      if (options?.name !== 'trainer') return;
      this.addEventListener('message', ({ data }: MessageEvent<{ kind: string; news: TrainerNews }>) => {
        const told = data.kind === 'news' ? heard(data.news) : null;
        if (told) window.hearing(told);
      });
    }
  };
}
