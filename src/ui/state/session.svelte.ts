import type { WireError } from '../../../workers/protocol/errors';
import type { BackendWish, DeviceNews, OpenedDevice } from '../../../workers/protocol/device';
import type { SavedRun } from '../../../workers/protocol/runs';
import type { TrainerNews } from '../../../workers/protocol/trainer';
import type { RunConfig } from '../../lab/config';
import { Commands, type Connect, type Pending } from './commands.svelte';
import { Exporter } from './exporter.svelte';
import { Guests } from './guests.svelte';
import { Importer, NOTHING_CHANGED } from './import.svelte';
import { Library } from './library.svelte';
import { Losses, LostAgainError } from './losses';
import { Performance } from './performance.svelte';
import type { Player } from './player.svelte';
import { clearedProblem, lostProblem, type Problem } from './problem';
import { Recording } from './recording.svelte';
import { rememberHere, rememberedHere } from './remembered';
import { Reproduction } from './reproduction.svelte';
import { ShownRun } from './shown-run.svelte';
import { TrainingControls } from './training-controls.svelte';
import { Room } from './room.svelte';
import { runElsewhere, waitingRun } from './waiting-run';

/** Milliseconds in which a page that comes back is to hear from its worker. */
const WAKING = 5000;
const OWN_RUN = 'waltz.run';

export type Support = 'opening' | 'ready' | 'failed';

/** The visitor's session: the trainer, the live run, the recorded one, saved runs, and what went wrong. */
export class Session {
  support = $state<Support>('opening');
  /** What computes; the last one, where none is open. */
  device = $state.raw<OpenedDevice | null>(null);
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
  readonly room = new Room();
  readonly #again = { label: 'Open the GPU again', act: () => void this.#reopen() };
  readonly #asFile = { remedy: { label: 'Download it as a file', act: () => void this.exporter.run() } };
  readonly #losses = new Losses();
  /** The run that this tab had open last, before a reload too. */
  #ownRun = $state(rememberedHere(OWN_RUN));
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
      remedy: () => (this.support === 'failed' ? this.#again : undefined),
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
  get isOpen(): boolean {
    const { status } = this.live;
    return status === 'running' || status === 'paused' || status === 'finished';
  }

  /** The run on the page, stopped or broken off, as it is kept: it can be opened again and go on. */
  get unfinished(): SavedRun | null {
    if (this.live.status !== 'idle' || this.support !== 'ready') return null;
    return this.saved.find(({ run, finished, elsewhere }) => run === this.live.run && !finished && !elsewhere) ?? null;
  }

  /** The run that can go on while none is open: this tab's own, or else the latest. */
  get resumable(): SavedRun | null {
    if (this.live.opened) return null;
    return waitingRun(this.saved, this.#ownRun);
  }

  /** The latest run that another tab has open. */
  get neighbour(): SavedRun | null {
    return runElsewhere(this.saved);
  }

  /** Shows the recorded run at once, then looks for what computes. */
  async open(still: boolean): Promise<void> {
    await this.recording.open(still);
    await this.openDevice();
  }

  /** Answers whether what computes is open. */
  openDevice(): Promise<boolean> {
    return this.#opening(() => this.#commands.connect().ask('device.open', {}));
  }

  /** From now on models are computed by this. A run in memory is saved and left. */
  choose(wish: BackendWish): Promise<boolean> {
    return this.#opening(() => this.#commands.connect().ask('device.choose', { wish }));
  }

  async #opening(ask: () => Promise<OpenedDevice>): Promise<boolean> {
    this.support = 'opening';
    try {
      const opened = await ask();
      this.support = 'ready';
      // The way back has been gone.
      if (this.problem?.remedy === this.#again) this.dismiss();
      this.device = opened;
      this.performance.deviceOpened();
      return true;
    } catch (error) {
      this.#notOpened(error);
      return false;
    }
  }

  /** Pressed once more while it opens, this does nothing. */
  async #reopen(): Promise<boolean> {
    return this.support !== 'opening' && (await this.openDevice());
  }

  dismiss(): void {
    this.#commands.problem = null;
  }

  /** The page is hidden and may never be seen again: what was trained is saved as soon as it can be. */
  async leave(): Promise<void> {
    // Where that fails the next save says so.
    if (this.isOpen) await this.#commands.trainer?.ask('run.keep', {}).catch(() => undefined);
  }

  /** The page is back from where a browser puts those that were left: what it knows may be of long ago. */
  async comeBack(): Promise<void> {
    const answered = this.#commands.connect().ask('runs.list', {});
    const late = new Promise<null>((resolve) => setTimeout(resolve, WAKING, null));
    const saved = await Promise.race([answered, late]).catch(() => null);
    if (saved) {
      this.library.know(saved);
      await this.guests.lookAgain();
    } else {
      // Its worker did not come back with it.
      location.reload();
    }
  }

  #receive(news: TrainerNews): void {
    switch (news.kind) {
      case 'failed':
        this.#fail(this.#brokenOff(), news.error);
        return;
      case 'run.failed':
        this.#fail('Training stopped', news.error);
        this.#offerFile(news.error);
        return;
      case 'run.kept-anew':
        this.#keptAnew(news.step);
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
        if (news.guests.length > 0) void this.room.protect();
        return;
      case 'runs.saved':
        this.library.hear(news);
        if (news.saved.some(({ run }) => run === this.live.run)) void this.room.protect();
        break;
      case 'device.lost':
        this.#lost(news);
        break;
      case 'run.opened':
        this.performance.runOpened();
        this.#commands.pending = null;
        this.controls.opened(news.config);
        this.#ownRun = news.run;
        rememberHere(OWN_RUN, news.run);
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

  /** A run that could not be saved is in memory still, and can leave as a file. */
  #offerFile({ name }: WireError): void {
    const { problem } = this.#commands;
    if (problem && !problem.remedy && name.startsWith('Store'))
      this.#commands.problem = { ...problem, ...this.#asFile };
  }

  #keptAnew(step: number): void {
    this.#commands.problem = { ...clearedProblem(step), ...this.#asFile };
    void this.guests.lookAgain();
  }

  #lost({ reason, step }: DeviceNews): void {
    this.#settle();
    this.#losses.add(Date.now());
    this.reproduction.settle();
    this.support = 'failed';
    this.#commands.problem = { ...lostProblem({ reason, step }), remedy: this.#reopening() ?? this.#again };
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
    const told = this.#losses.many(Date.now()) ? new LostAgainError() : error;
    this.#commands.report(
      'The models have nothing to run on',
      told,
      'Saved runs are untouched; the recorded run still plays.',
    );
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
      act: () => void this.#reopen().then((opened) => (opened ? this.controls.restore(kept.run, true) : false)),
    };
  }
}
