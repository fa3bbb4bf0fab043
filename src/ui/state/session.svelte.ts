import type { WireError } from '../../../workers/protocol/errors';
import type { DeviceNews } from '../../../workers/protocol/device';
import type { SavedRun } from '../../../workers/protocol/runs';
import type { TrainerNews } from '../../../workers/protocol/trainer';
import type { SelfCheck } from '../../model/backend';
import type { AdapterSummary } from '../../model/adapter-summary';
import type { RunConfig } from '../../lab/config';
import { Commands, type Connect, type Pending } from './commands.svelte';
import { Exporter } from './exporter.svelte';
import { Guests } from './guests.svelte';
import { Importer, NOTHING_CHANGED } from './import.svelte';
import { Library } from './library.svelte';
import { Performance } from './performance.svelte';
import type { Player } from './player.svelte';
import type { Problem } from './problem';
import { Recording } from './recording.svelte';
import { Reproduction } from './reproduction.svelte';
import { ShownRun } from './shown-run.svelte';
import { TrainingControls } from './training-controls.svelte';

export type Support = 'opening' | 'ready' | 'absent' | 'failed';

/** The visitor's session: the trainer, the live run, the recorded one, saved runs, and what went wrong. */
export class Session {
  support = $state<Support>('opening');
  adapter = $state.raw<AdapterSummary | null>(null);
  selfCheck = $state.raw<SelfCheck | null>(null);
  readonly live = new ShownRun();
  readonly recording = new Recording();
  readonly #commands: Commands;
  readonly performance: Performance;
  readonly library: Library;
  readonly guests: Guests;
  readonly importer: Importer;
  readonly exporter: Exporter;
  readonly reproduction: Reproduction;
  readonly controls: TrainingControls;
  readonly #again = { label: 'Open the GPU again', act: () => void this.openDevice() };
  /** @param adopt hears the settings of every run that is opened again. */
  constructor(connect: Connect, adopt: (config: RunConfig) => void) {
    const commands = new Commands({
      connect: () =>
        connect(
          (news) => this.#receive(news),
          (error) => this.#fail(this.#brokenOff(), error),
        ),
      settle: () => this.#settle(),
      kept: () => this.#keptOfLive(),
      wayBack: () => (this.support === 'failed' ? this.#again : undefined),
    });
    this.#commands = commands;
    this.performance = new Performance(() => commands.trainer);
    this.library = new Library(commands);
    this.guests = new Guests(commands);
    this.exporter = new Exporter(commands);
    this.reproduction = new Reproduction(commands);
    this.controls = new TrainingControls({
      ...{ commands, adopt, live: this.live, recording: this.recording },
      unfinished: () => this.unfinished,
      kernels: () => this.performance.choice,
    });
    this.importer = new Importer({
      asks: commands,
      read: (files) => commands.connect().ask('import.look', { files }),
      takeRun: (title) => this.controls.takeIn(title),
      refuse: (title, error) => commands.report(title, error, NOTHING_CHANGED),
    });
  }

  get pending(): Pending {
    return this.#commands.pending;
  }

  get problem(): Problem | null {
    return this.#commands.problem;
  }

  /** Runs in this browser that can be opened. */
  get saved(): readonly SavedRun[] {
    return this.library.saved;
  }

  get player(): Player | null {
    return this.recording.player;
  }

  /** The run on the page: the visitor's own as soon as there is one. */
  get shown(): ShownRun {
    return this.live.opened ? this.live : this.recording.run;
  }

  get showsRecorded(): boolean {
    return !this.live.opened && this.player !== null;
  }

  get canTrain(): boolean {
    return this.support === 'ready' && this.pending === null && this.live.status !== 'loading';
  }

  /** A run is loaded in the worker, whether or not it is training. */
  get inHand(): boolean {
    const { status } = this.live;
    return status === 'running' || status === 'paused' || status === 'finished';
  }

  /** The run on the page, stopped or broken off, as it is kept: it can be opened again and go on. */
  get unfinished(): SavedRun | null {
    if (this.live.status !== 'idle' || this.support !== 'ready') return null;
    return this.saved.find(({ run, finished }) => run === this.live.run && !finished) ?? null;
  }

  /** The latest run that can go on, while none is in hand. */
  get resumable(): SavedRun | null {
    if (this.live.opened) return null;
    const waiting = this.saved.filter((run) => !run.finished && run.step > 0);
    return waiting.reduce<SavedRun | null>((best, run) => (best && best.savedAt > run.savedAt ? best : run), null);
  }

  /** Shows the recorded run at once, then looks for a GPU. */
  async open(still: boolean): Promise<void> {
    await this.recording.open(still);
    if (!('gpu' in navigator)) {
      this.support = 'absent';
      return;
    }
    await this.openDevice();
  }

  /** Answers whether the GPU is open. */
  async openDevice(): Promise<boolean> {
    this.support = 'opening';
    try {
      const { adapter, selfCheck } = await this.#commands.connect().ask('device.open', {});
      this.support = 'ready';
      // The way back has been gone.
      if (this.problem?.remedy === this.#again) this.dismiss();
      this.adapter = adapter;
      this.selfCheck = selfCheck;
      this.performance.deviceOpened();
      return true;
    } catch (error) {
      this.#notOpened(error);
      return false;
    }
  }

  dismiss(): void {
    this.#commands.problem = null;
  }

  #receive(news: TrainerNews): void {
    switch (news.kind) {
      case 'failed':
        this.#fail(this.#brokenOff(), news.error);
        return;
      case 'run.failed':
        this.#fail('Training stopped', news.error);
        return;
      case 'reproduce.failed':
        this.reproduction.hear(news);
        this.#fail(news.while === 'working' ? 'The queue stopped' : 'The queue did not go on', news.error);
        return;
      case 'reproduce.state':
      case 'reproduce.results':
      case 'reproduce.kept':
        this.reproduction.hear(news);
        return;
      case 'performance.kernels':
      case 'performance.step':
        this.performance.hear(news);
        return;
      case 'guests.kept':
        this.guests.hear(news);
        return;
      case 'runs.saved':
        this.library.hear(news);
        break;
      case 'device.lost':
        this.#lost(news);
        break;
      case 'run.opened':
        this.performance.runOpened();
        this.#commands.pending = null;
        this.controls.opened(news.config);
        break;
      case 'run.stepped':
      case 'run.status':
        this.#commands.pending = null;
        break;
      case 'run.evaluated':
      case 'run.measured':
      case 'run.progress':
        break;
    }
    this.live.apply(news);
  }

  #lost({ reason, step }: DeviceNews): void {
    this.#settle();
    this.reproduction.settle();
    this.support = 'failed';
    this.#commands.problem = {
      title: 'The GPU went away',
      message: `${reason || 'The browser gave no reason.'} It happens when a driver restarts or a laptop changes its graphics card.`,
      kept:
        step === null
          ? 'No run was in hand; saved runs are untouched.'
          : `Everything up to step ${step} is kept in this browser.`,
      remedy: this.#reopening() ?? this.#again,
    };
  }

  /** A failure of what was not asked for. */
  #fail(title: string, error: WireError): void {
    if (this.support === 'opening') {
      this.#notOpened(error);
      return;
    }
    this.#settle();
    this.#commands.report(title, error);
  }

  /** What a failure that says nothing of itself has most likely ended. */
  #brokenOff(): string {
    if (this.reproduction.queue?.status === 'running') return 'The queue stopped';
    return this.live.status === 'running' ? 'Training stopped' : 'Something failed';
  }

  /** What was under way comes to nothing. */
  #settle(): void {
    this.#commands.pending = null;
    this.controls.settle();
  }

  #notOpened(error: unknown): void {
    this.support = 'failed';
    this.#commands.report('The GPU did not open', error, 'Saved runs are untouched; the recorded run still plays.');
  }

  #keptOfLive(): string {
    const { run } = this.live;
    const kept = this.saved.find((each) => each.run === run);
    if (kept) return `The run is kept up to step ${kept.step}.`;
    return run ? 'The curves on this page are kept until it is closed.' : 'Saved runs are untouched.';
  }

  #reopening(): Problem['remedy'] {
    const kept = this.saved.find((each) => each.run === this.live.run);
    if (!kept) return undefined;
    return {
      label: `Go on from step ${kept.step}`,
      act: () => void this.openDevice().then((opened) => (opened ? this.controls.restore(kept.run, true) : false)),
    };
  }
}
