import { loadRecordedRun } from '../recorded';
import { Player } from './player.svelte';
import { messageOf } from './problem';
import { ShownRun } from './shown-run.svelte';

/** The recorded run that plays until the visitor has one of their own. */
export class Recording {
  readonly run = new ShownRun();
  player = $state.raw<Player | null>(null);
  /** Why there is no recording to show, or ''. */
  problem = $state('');

  /** @param still shows its end instead of playing it. */
  async open(still: boolean): Promise<void> {
    try {
      this.player = new Player(this.run, await loadRecordedRun());
      if (still) this.showEnd();
      else this.player.play();
    } catch (error) {
      // The page is whole without the recording: the empty panels say what will appear.
      this.problem = messageOf(error);
    }
  }

  showEnd(): void {
    this.player?.seek(this.player.length - 1);
  }
}
