import type { AsideRun } from '../../checkpoint/store';
import type { RunsNews, SavedHistory, SavedRun, SavedRuns } from '../../../workers/protocol/runs';
import type { RunConfig } from '../../lab/config';
import { pathOf } from '../../lab/run/measured';
import type { Asks } from './commands.svelte';

/** `evaluations` are its path: those of its own, and in their place those on more prompts that were asked for. */
export type RunHistory = SavedHistory;

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
  readonly #asks: Asks;

  constructor(asks: Asks) {
    this.#asks = asks;
  }

  hear({ saved, aside }: RunsNews): void {
    this.know({ saved, aside });
  }

  /** Asks what is saved, where no GPU has been opened that would tell. */
  async look(): Promise<void> {
    if (this.known) return;
    const answered = await this.#asks.ask('runs.list', {}, 'The saved runs could not be listed');
    if (answered) this.know(answered.value);
  }

  /** Asks for histories that are not here as they are saved. */
  read(runs: readonly SavedRun[]): void {
    for (const { run, savedAt } of runs) {
      if (this.#asked.get(run) === savedAt) continue;
      this.#asked.set(run, savedAt);
      void this.#read(run);
    }
  }

  async rename(run: string, name: string): Promise<void> {
    await this.#asks.do('runs.rename', { run, name }, 'The run was not renamed');
  }

  async pin(run: string, on: boolean): Promise<void> {
    await this.#asks.do('runs.pin', { run, on }, on ? 'The run was not pinned' : 'The run was not unpinned');
  }

  async remove({ run, name }: Pick<SavedRun, 'run' | 'name'>): Promise<void> {
    if (await this.#asks.do('runs.remove', { run }, 'The run was not deleted')) this.removed = { run, name };
  }

  async bringBack(run: string): Promise<void> {
    await this.#asks.do('runs.bring-back', { run }, 'The run could not be brought back');
    if (this.removed?.run === run) this.removed = null;
  }

  async fork(run: string, step: number, stages: RunConfig['stages']): Promise<boolean> {
    return (await this.#asks.do('runs.fork', { run, step, stages }, 'The run was not forked')) !== null;
  }

  async #read(run: string): Promise<void> {
    const answered = await this.#asks.ask('runs.read', { run }, 'The history of a run could not be read');
    if (!answered) return;
    const { metrics, evaluations, measured } = answered.value;
    const history = { metrics, evaluations: pathOf(evaluations, measured), measured };
    this.histories = new Map([...this.histories, [run, history]]);
  }

  /** What the store has told. */
  know({ saved, aside }: SavedRuns): void {
    this.saved = saved;
    this.aside = aside;
    this.known = true;
  }
}
