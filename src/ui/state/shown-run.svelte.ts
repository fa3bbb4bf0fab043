import type { DeviceNews } from '../../../workers/protocol/device';
import type { RunNews, RunStatus, Timing } from '../../../workers/protocol/run';
import type { RunsNews } from '../../../workers/protocol/runs';
import type { RunConfig } from '../../lab/config';
import { pathOf, type RunMeasurement } from '../../lab/run/measured';
import type { Point } from '../../statistics/point';
import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import type { Rollout } from '../../waltz/game/rollout';

export type Progress = Extract<RunNews, { kind: 'run.progress' }>;

/** What a shown run hears. */
export type ShownNews = RunNews | RunsNews | DeviceNews;

export interface Batch {
  step: number;
  rollouts: readonly Rollout[];
}

/** Calls back once, soon: the next frame where somebody looks, a timer where nobody does. */
export type Schedule = (flush: () => void) => void;

const nextFrame: Schedule = (flush) => {
  if (document.hidden) setTimeout(flush, 500);
  else requestAnimationFrame(flush);
};

/**
 * What the page knows of one run. Fed only by the worker's news, live or replayed from a recording; much news
 * between two frames costs one update of the page.
 */
export class ShownRun {
  run = $state<string | null>(null);
  name = $state('');
  config = $state.raw<RunConfig | null>(null);
  /** What agents were called that it began with in place of the shipped ones. */
  origins = $state.raw<Readonly<Record<string, string>>>({});
  status = $state<RunStatus>('idle');
  step = $state(0);
  /** False when a resumed run could not replay its kernel variants bit for bit. */
  exact = $state(true);
  metrics = $state.raw<readonly StepMetrics[]>([]);
  /** Its path in the plane. */
  evaluations = $derived.by(() => pathOf(this.#own, this.#measured));
  /** Pareto curves that were asked for, by step. */
  curves = $derived.by(
    (): ReadonlyMap<number, readonly Point[]> =>
      new Map(this.#measured.map(({ evaluation: { step }, curve }) => [step, curve.map(({ asr, orr }) => [asr, orr])])),
  );
  batch = $state.raw<Batch | null>(null);
  timing = $state.raw<Timing | null>(null);
  progress = $state.raw<Progress | null>(null);

  /** The evaluations that it makes as it goes. */
  #own = $state.raw<readonly Evaluation[]>([]);
  /** What was asked for beside them. */
  #measured = $state.raw<readonly RunMeasurement[]>([]);
  #queue: ShownNews[] = [];
  #schedule: Schedule;

  constructor(schedule: Schedule = nextFrame) {
    this.#schedule = schedule;
  }

  /** RL steps of both stages, 0 until the config is known. */
  get totalSteps(): number {
    return this.config ? this.config.stages.one + this.config.stages.two : 0;
  }

  /** Whether there is anything of a run to show. */
  get opened(): boolean {
    return this.run !== null || this.status !== 'idle';
  }

  get latest(): StepMetrics | null {
    return this.metrics[this.metrics.length - 1] ?? null;
  }

  apply(news: ShownNews): void {
    this.#queue.push(news);
    if (this.#queue.length === 1) this.#schedule(() => this.#flush());
  }

  clear(): void {
    this.#queue = [];
    this.run = null;
    this.name = '';
    this.config = null;
    this.origins = {};
    this.status = 'idle';
    this.step = 0;
    this.exact = true;
    this.metrics = [];
    this.#own = [];
    this.#measured = [];
    this.batch = null;
    this.timing = null;
    this.progress = null;
  }

  #flush(): void {
    const heard = this.#queue;
    this.#queue = [];
    let stepped: StepMetrics[] = [];
    const keep = () => {
      if (stepped.length > 0) this.metrics = [...this.metrics, ...stepped];
      stepped = [];
    };
    for (const news of heard) {
      if (news.kind === 'run.stepped') {
        stepped.push(news.metrics);
        this.step = news.metrics.step;
        this.timing = news.timing;
        if (news.rollouts.length > 0) this.batch = { step: news.metrics.step, rollouts: news.rollouts };
      } else {
        keep();
        this.#applyOne(news);
      }
    }
    keep();
  }

  #applyOne(news: ShownNews): void {
    switch (news.kind) {
      case 'run.opened':
        this.run = news.run;
        this.name = news.name;
        this.config = news.config;
        this.origins = news.origins;
        this.step = news.step;
        this.exact = news.exact;
        this.metrics = news.metrics;
        this.#own = news.evaluations;
        this.#measured = news.measured;
        this.batch = null;
        this.timing = null;
        break;
      case 'run.status':
        this.status = news.status;
        this.step = news.step;
        if (news.status !== 'loading') this.progress = null;
        break;
      case 'run.evaluated':
        this.#own = [...this.#own, news.evaluation];
        if (this.progress?.phase === 'evaluation') this.progress = null;
        break;
      case 'run.measured':
        this.#measured = [...this.#measured, news.measured];
        if (this.progress?.phase === 'evaluation') this.progress = null;
        break;
      case 'runs.saved':
        // It may have been renamed.
        this.name = news.saved.find(({ run }) => run === this.run)?.name ?? this.name;
        if (this.progress?.phase === 'saving') this.progress = null;
        break;
      case 'run.progress':
        this.progress = news.done < news.total ? news : null;
        break;
      case 'device.lost':
        this.progress = null;
        break;
      case 'run.stepped':
      case 'run.failed':
      case 'run.kept-anew':
        // Steps are gathered, and what went wrong is the page's to tell.
        break;
    }
  }
}
