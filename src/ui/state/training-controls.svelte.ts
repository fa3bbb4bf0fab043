import type { ChosenAgents, RunCalls } from '../../../workers/protocol/run';
import type { RunConfig } from '../../lab/config';
import type { MemoryNeed } from '../../model/memory';
import type { VariantChoice } from '../../model/variants';
import type { Commands, Told } from './commands.svelte';
import { NOTHING_CHANGED } from './import.svelte';
import type { Recording } from './recording.svelte';
import type { ShownRun } from './shown-run.svelte';

/** What the controls need of the session. */
export interface ControlsPorts {
  commands: Commands;
  live: ShownRun;
  recording: Recording;
  /** The run on the page, as it is kept, where it can be opened again and go on. */
  unfinished: () => { run: string } | null;
  /** Kernels of a run that starts. */
  kernels: () => VariantChoice;
  /** Hears the settings of every run that is opened again. */
  adopt: (config: RunConfig) => void;
}

/** Starts, pauses and stops the run on the page: the visitor's own, or the recorded one while there is no other. */
export class TrainingControls {
  /** GPU memory of a run that would start now, or why there cannot be one; null until it is known. */
  memory = $state.raw<MemoryNeed | null>(null);
  readonly #ports: ControlsPorts;
  #resetting = false;
  /** The run in hand came out of the store or a file, so its settings are news to the page. */
  #reopened = false;

  constructor(ports: ControlsPorts) {
    this.#ports = ports;
  }

  /** Asks what a run with these settings would take. */
  async estimate(config: RunConfig, agents: ChosenAgents): Promise<void> {
    // Whatever refuses this refuses the run as well, and says so when it is started.
    const asked = this.#ports.commands.trainer?.ask('run.estimate', { config, agents });
    this.memory = (await asked?.catch(() => null)) ?? null;
  }

  async start(config: RunConfig, agents: ChosenAgents): Promise<void> {
    const { recording, kernels } = this.#ports;
    recording.player?.pause();
    await this.#do('run.start', { config, agents, kernels: kernels() }, 'The run did not start', 'start');
  }

  /** Play or pause whatever the page shows. */
  toggle(): void {
    const { live, recording } = this.#ports;
    const unfinished = this.#ports.unfinished();
    if (!live.opened) recording.player?.toggle();
    else if (live.status === 'running') void this.#do('run.pause', {}, 'Pausing failed', 'pause');
    else if (unfinished) void this.restore(unfinished.run, true);
    else if (live.status === 'paused') void this.#do('run.resume', {}, 'The run did not go on', 'resume');
  }

  step(): void {
    const { live, recording } = this.#ports;
    if (!live.opened) recording.player?.advance();
    else if (live.status === 'paused') void this.#do('run.step', {}, 'The step failed', 'step');
  }

  stop(): void {
    if (this.#ports.live.opened) void this.#stop();
  }

  /** Back to the beginning; a run in hand is saved and stays in this browser. */
  async reset(): Promise<void> {
    const { live, recording } = this.#ports;
    if (!live.opened) {
      recording.player?.seek(0);
      return;
    }
    if (live.status === 'idle') {
      this.#clear();
      return;
    }
    this.#resetting = true;
    await this.#stop();
    // What went wrong meanwhile has settled it.
    if (this.#resetting) this.#clear();
  }

  /** Opens a saved run and, if asked, goes on with it at once. Answers whether the worker took it. */
  restore(run: string, goOn: boolean): Promise<boolean> {
    const { commands, recording } = this.#ports;
    recording.player?.pause();
    this.#reopened = true;
    return commands.take('run.restore', { run, goOn }, 'The run could not be opened', { pending: 'restore' });
  }

  /** Puts the run of a file that was described into hand. Answers whether the worker took it. */
  takeIn(title: string): Promise<boolean> {
    this.#reopened = true;
    return this.#ports.commands.take('import.take', {}, title, { pending: 'import', kept: NOTHING_CHANGED });
  }

  async evaluate(prompts: number): Promise<void> {
    await this.#ports.commands.do('run.evaluate', { prompts }, 'The evaluation failed');
  }

  /** A run is in hand. */
  opened(config: RunConfig): void {
    if (this.#reopened) this.#ports.adopt(config);
  }

  /** What was under way comes to nothing. */
  settle(): void {
    this.#resetting = false;
  }

  /** What is asked of the run in hand, or of a new one. */
  async #do<Kind extends keyof RunCalls>(
    kind: Kind,
    asked: RunCalls[Kind]['asked'],
    title: string,
    pending: NonNullable<Told['pending']>,
  ): Promise<void> {
    this.#reopened = false;
    await this.#ports.commands.do(kind, asked, title, { pending });
  }

  async #stop(): Promise<void> {
    await this.#do('run.stop', {}, 'Stopping failed', 'stop');
  }

  #clear(): void {
    const { commands, live, recording } = this.#ports;
    this.#resetting = false;
    commands.pending = null;
    live.clear();
    recording.showEnd();
  }
}
