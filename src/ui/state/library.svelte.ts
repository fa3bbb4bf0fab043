import type { AsideRun } from '../../checkpoint/store';
import type { CommandBody, Event } from '../../../workers/protocol/trainer';
import type { SavedRun, SavedRuns } from '../../../workers/protocol/runs';
import type { RunConfig } from '../../lab/config';
import { pathOf } from '../../lab/run/measured';

/** `evaluations` are its path: those of its own, and in their place those on more prompts that were asked for. */
export type RunHistory = Pick<Extract<Event, { kind: 'runs.history' }>, 'metrics' | 'evaluations' | 'measured'>;
type RunsCommand = Extract<CommandBody, { kind: `runs.${string}` }>;

/** The saved runs as the page knows them, their histories where somebody asked, and what can be done to them. */
export class Library {
  saved = $state.raw<readonly SavedRun[]>([]);
  /** Deleted runs that can be brought back, and runs that this version cannot read. */
  aside = $state.raw<readonly AsideRun[]>([]);
  /** False until the store has told what is in it. */
  known = $state(false);
  histories = $state.raw<ReadonlyMap<string, RunHistory>>(new Map());
  /** The run that was deleted last, while the page offers to bring it back. */
  removed = $state.raw<{ run: string; name: string } | null>(null);

  /** When each run was saved as its history was asked for. */
  readonly #asked = new Map<string, number>();
  readonly #send: (command: RunsCommand, failure: string) => Promise<boolean>;

  /** @param send resolves with whether it was done; a failure is told to the visitor under the title given. */
  constructor(send: (command: RunsCommand, failure: string) => Promise<boolean>) {
    this.#send = send;
  }

  hear(event: Event): void {
    if (event.kind === 'device.ready' || event.kind === 'run.saved') this.#know(event);
    if (event.kind === 'runs.history') {
      const { run, metrics, evaluations, measured } = event;
      const history = { metrics, evaluations: pathOf(evaluations, measured), measured };
      this.histories = new Map([...this.histories, [run, history]]);
    }
  }

  /** Asks what is saved, where no GPU has been opened that would tell. */
  look(): void {
    if (!this.known) void this.#send({ kind: 'runs.list' }, 'The saved runs could not be listed');
  }

  /** Asks for histories that are not here as they are saved. */
  read(runs: readonly SavedRun[]): void {
    for (const { run, savedAt } of runs) {
      if (this.#asked.get(run) === savedAt) continue;
      this.#asked.set(run, savedAt);
      void this.#send({ kind: 'runs.read', run }, 'The history of a run could not be read');
    }
  }

  async rename(run: string, name: string): Promise<void> {
    await this.#send({ kind: 'runs.rename', run, name }, 'The run was not renamed');
  }

  async pin(run: string, on: boolean): Promise<void> {
    await this.#send({ kind: 'runs.pin', run, on }, on ? 'The run was not pinned' : 'The run was not unpinned');
  }

  async remove({ run, name }: Pick<SavedRun, 'run' | 'name'>): Promise<void> {
    if (await this.#send({ kind: 'runs.remove', run }, 'The run was not deleted')) this.removed = { run, name };
  }

  async bringBack(run: string): Promise<void> {
    await this.#send({ kind: 'runs.bring-back', run }, 'The run could not be brought back');
    if (this.removed?.run === run) this.removed = null;
  }

  async fork(run: string, step: number, stages: RunConfig['stages']): Promise<boolean> {
    return await this.#send({ kind: 'runs.fork', run, step, stages }, 'The run was not forked');
  }

  #know({ saved, aside }: SavedRuns): void {
    this.saved = saved;
    this.aside = aside;
    this.known = true;
  }
}
