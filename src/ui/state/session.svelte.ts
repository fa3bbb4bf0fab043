import type { AdapterSummary } from '../../model/adapter-summary';
import type { ChosenAgents } from '../../../workers/protocol/run';
import type { CommandBody, Event } from '../../../workers/protocol/trainer';
import type { SavedRun } from '../../../workers/protocol/runs';
import type { WireError } from '../../../workers/protocol/errors';
import type { RunConfig } from '../../lab/config';
import { Commands, type Pending, type Trainer } from './commands.svelte';
import { Exporter } from './exporter.svelte';
import { Guests } from './guests.svelte';
import { Importer } from './import.svelte';
import { Library } from './library.svelte';
import { Performance } from './performance.svelte';
import type { Player } from './player.svelte';
import type { Problem } from './problem';
import { Recording } from './recording.svelte';
import { Reproduction } from './reproduction.svelte';
import { ShownRun } from './shown-run.svelte';

export type Support = 'opening' | 'ready' | 'absent' | 'failed';

/** The visitor's session: the trainer, the live run, the recorded one, saved runs, and what went wrong. */
export class Session {
  support = $state<Support>('opening');
  adapter = $state.raw<AdapterSummary | null>(null);
  selfCheck = $state.raw<{ passed: boolean; worst: number } | null>(null);
  /** GPU memory of a run that would start now, or why there cannot be one; null until it is known. */
  memory = $state.raw<Extract<Event, { kind: 'run.estimated' }>['memory'] | null>(null);

  readonly live = new ShownRun();
  readonly recording = new Recording();
  readonly performance = new Performance((command) => this.#commands.trainer?.send(command) ?? Promise.resolve());
  readonly library = new Library((command, failure) => this.#without(command, failure));
  readonly guests = new Guests((command, failure) => this.#without(command, failure));
  readonly importer = new Importer({
    send: (command, title) => this.#without(command, title, 'Nothing was changed.'),
    takeRun: (title) => this.#begin('import', { kind: 'import.take' }, title, 'Nothing was changed.'),
    refuse: (title, error) => this.#commands.report(title, error, 'Nothing was changed.'),
  });
  readonly exporter = new Exporter((command, failure) => this.#commands.give(null, command, failure));
  readonly reproduction = new Reproduction(async (command, title) => {
    await this.#commands.give(null, command, title, 'Results and runs that were kept are untouched.');
  });
  readonly #commands: Commands;
  #resetting = false;
  /** A restored run opens paused; one that the visitor asked to go on is resumed then. */
  #goOn = false;
  readonly #again = { label: 'Open the GPU again', act: () => void this.openDevice() };
  /** The run in hand came out of the store or a file, so its settings are news to the page. */
  #reopened = false;

  #adopt: (config: RunConfig) => void;

  /** @param adopt hears the settings of every run that is opened again. */
  constructor(connect: () => Trainer, adopt: (config: RunConfig) => void) {
    this.#commands = new Commands({
      connect,
      hear: (event) => this.#receive(event),
      settle: () => this.#settle(),
      kept: () => this.#keptOfLive(),
      wayBack: () => (this.support === 'failed' ? this.#again : undefined),
    });
    this.#adopt = adopt;
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

  /** True when the worker took the command; `device.ready` tells that the GPU is open. */
  async openDevice(): Promise<boolean> {
    this.support = 'opening';
    try {
      await this.#commands.connect().send({ kind: 'device.open' });
      return true;
    } catch (error) {
      this.#notOpened(error);
      return false;
    }
  }

  /** Asks what a run with these settings would take. */
  async estimate(config: RunConfig, agents: ChosenAgents): Promise<void> {
    // Whatever refuses this refuses the run as well, and says so when it is started.
    await this.#commands.trainer?.send({ kind: 'run.estimate', config, agents }).catch(() => (this.memory = null));
  }

  async start(config: RunConfig, agents: ChosenAgents): Promise<void> {
    this.player?.pause();
    const kernels = this.performance.choice;
    await this.#begin('start', { kind: 'run.start', config, agents, kernels }, 'The run did not start');
  }

  /** Play or pause whatever the page shows. */
  toggle(): void {
    if (!this.live.opened) this.player?.toggle();
    else if (this.live.status === 'running') void this.#begin('pause', { kind: 'run.pause' }, 'Pausing failed');
    else if (this.unfinished) void this.restore(this.unfinished.run, true);
    else if (this.live.status === 'paused') void this.#begin('resume', { kind: 'run.resume' }, 'The run did not go on');
  }

  step(): void {
    if (!this.live.opened) this.player?.advance();
    else if (this.live.status === 'paused') void this.#begin('step', { kind: 'run.step' }, 'The step failed');
  }

  stop(): void {
    if (this.live.opened) void this.#begin('stop', { kind: 'run.stop' }, 'Stopping failed');
  }

  /** Back to the beginning; a run in hand is saved and stays in this browser. */
  async reset(): Promise<void> {
    if (!this.live.opened) {
      this.player?.seek(0);
      return;
    }
    if (this.live.status !== 'idle') {
      this.#resetting = true;
      await this.#begin('stop', { kind: 'run.stop' }, 'Stopping failed');
    } else this.#clear();
  }

  /** Opens a saved run and, if asked, goes on with it at once. Answers whether the worker took it. */
  restore(run: string, goOn: boolean): Promise<boolean> {
    this.player?.pause();
    const taken = this.#begin('restore', { kind: 'run.restore', run }, 'The run could not be opened');
    this.#goOn = goOn;
    return taken;
  }

  async evaluate(prompts: number): Promise<void> {
    await this.#commands.give(null, { kind: 'run.evaluate', prompts }, 'The evaluation failed');
  }

  dismiss(): void {
    this.#commands.problem = null;
  }

  /** For what is there without a GPU as well. */
  #without(command: CommandBody, title: string, kept?: string): Promise<boolean> {
    this.#commands.connect();
    return this.#commands.give(null, command, title, kept);
  }

  /** A command to the run in hand, or one that puts a run in its place. */
  #begin(pending: NonNullable<Pending>, command: CommandBody, title: string, kept?: string): Promise<boolean> {
    this.#reopened = pending === 'restore' || pending === 'import';
    this.#goOn = false;
    return this.#commands.give(pending, command, title, kept);
  }

  #receive(event: Event): void {
    this.performance.hear(event);
    this.library.hear(event);
    this.guests.hear(event);
    this.importer.hear(event);
    this.exporter.hear(event);
    this.reproduction.hear(event);
    switch (event.kind) {
      case 'error':
        // Errors that answer a command arrive where it was sent.
        if (event.id === null) this.#fail(event);
        return;
      case 'device.ready':
        this.support = 'ready';
        // The way back has been gone.
        if (this.problem?.remedy === this.#again) this.dismiss();
        this.adapter = event.adapter;
        this.selfCheck = event.selfCheck;
        return;
      case 'device.lost':
        this.#settle();
        this.support = 'failed';
        this.#commands.problem = {
          title: 'The GPU went away',
          message: `${event.reason || 'The browser gave no reason.'} It happens when a driver restarts or a laptop changes its graphics card.`,
          kept:
            event.step === null
              ? 'No run was in hand; saved runs are untouched.'
              : `Everything up to step ${event.step} is kept in this browser.`,
          remedy: this.#reopening() ?? this.#again,
        };
        break;
      case 'run.estimated':
        this.memory = event.memory;
        return;
      case 'run.opened':
        this.#commands.pending = null;
        if (this.#reopened) this.#adopt(event.config);
        break;
      case 'run.stepped':
        this.#commands.pending = null;
        break;
      case 'run.status':
        this.#commands.pending = null;
        if (this.#resetting && event.status === 'idle') {
          this.#clear();
          return;
        }
        if (this.#goOn && event.status === 'paused') {
          this.#goOn = false;
          void this.#begin('resume', { kind: 'run.resume' }, 'The run did not go on');
        }
        break;
      case 'run.evaluated':
      case 'run.measured':
      case 'run.saved':
      case 'progress':
        break;
      default:
        return;
    }
    this.live.apply(event);
  }

  /** A failure that answers no waiting command. */
  #fail({ of, error }: { of: CommandBody['kind'] | null; error: WireError }): void {
    if (this.support === 'opening') {
      this.#notOpened(error);
      return;
    }
    this.exporter.breakOff();
    this.#settle();
    this.#commands.report(this.#titleOf(of), error);
  }

  /** What was under way comes to nothing. */
  #settle(): void {
    this.#commands.pending = null;
    this.#resetting = false;
    this.#goOn = false;
  }

  #titleOf(of: CommandBody['kind'] | null): string {
    if (of) return this.#commands.titleOf(of);
    if (this.reproduction.queue?.status === 'running') return 'The queue stopped';
    return this.live.status === 'running' ? 'Training stopped' : 'Something failed';
  }

  #notOpened(error: unknown): void {
    this.support = 'failed';
    this.#commands.report('The GPU did not open', error, 'Saved runs are untouched; the recorded run still plays.');
  }

  #clear(): void {
    this.#resetting = false;
    this.#commands.pending = null;
    this.live.clear();
    this.recording.showEnd();
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
      act: () => void this.openDevice().then((opened) => (opened ? this.restore(kept.run, true) : false)),
    };
  }
}
