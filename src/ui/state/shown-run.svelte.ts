import type { Event } from '../../../workers/protocol/trainer';
import type { RunStatus, Timing } from '../../../workers/protocol/run';
import type { RunConfig } from '../../lab/config';
import { pathOf, type RunMeasurement } from '../../lab/run/measured';
import type { Point } from '../../statistics/point';
import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import type { Rollout } from '../../waltz/game/rollout';

export type Progress = Extract<Event, { kind: 'progress' }>;

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
 * What the page knows of one run. Fed only by the worker's events, live or replayed from a recording; many events
 * between two frames cost one update of the page.
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
  #queue: Event[] = [];
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

  apply(event: Event): void {
    this.#queue.push(event);
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
    const events = this.#queue;
    this.#queue = [];
    let stepped: StepMetrics[] = [];
    const keep = () => {
      if (stepped.length > 0) this.metrics = [...this.metrics, ...stepped];
      stepped = [];
    };
    for (const event of events) {
      if (event.kind === 'run.stepped') {
        stepped.push(event.metrics);
        this.step = event.metrics.step;
        this.timing = event.timing;
        if (event.rollouts.length > 0) this.batch = { step: event.metrics.step, rollouts: event.rollouts };
      } else {
        keep();
        this.#applyOne(event);
      }
    }
    keep();
  }

  #applyOne(event: Event): void {
    switch (event.kind) {
      case 'run.opened':
        this.run = event.run;
        this.name = event.name;
        this.config = event.config;
        this.origins = event.origins;
        this.step = event.step;
        this.exact = event.exact;
        this.metrics = event.metrics;
        this.#own = event.evaluations;
        this.#measured = event.measured;
        this.batch = null;
        this.timing = null;
        break;
      case 'run.status':
        this.status = event.status;
        this.step = event.step;
        if (event.status !== 'loading') this.progress = null;
        break;
      case 'run.evaluated':
        this.#own = [...this.#own, event.evaluation];
        if (this.progress?.phase === 'evaluation') this.progress = null;
        break;
      case 'run.measured':
        this.#measured = [...this.#measured, event.measured];
        if (this.progress?.phase === 'evaluation') this.progress = null;
        break;
      case 'run.saved':
        // It may have been renamed.
        this.name = event.saved.find(({ run }) => run === this.run)?.name ?? this.name;
        if (this.progress?.phase === 'saving') this.progress = null;
        break;
      case 'progress':
        this.progress = event.done < event.total ? event : null;
        break;
      case 'device.lost':
        this.progress = null;
        break;
      default:
        // The rest is about the device and the files, not about a run.
        break;
    }
  }
}
