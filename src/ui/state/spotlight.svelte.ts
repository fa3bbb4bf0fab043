import { outcomes, type Outcome, type Rollout } from '../../waltz/game/rollout';
import type { Batch } from './shown-run.svelte';

/** A dance takes seconds to read: while training runs on, a batch stays at least this long. */
const readable = 2500;

/** What the spotlight turns to by itself, batch after batch: mostly the telling ends, not only those. */
const tour: readonly Outcome[] = ['improved', 'false-alarm', 'untouched', 'improved', 'missed', 'unmoved', 'spoiled'];

/** Which batch and which of its rollouts the dance shows, and whether it follows the run. */
export class Spotlight {
  batch = $state.raw<Batch | null>(null);
  filter = $state<Outcome | null>(null);
  following = $state(true);
  #selected = $state(0);
  #hovered = $state<number | null>(null);
  #offered: Batch | null = null;
  /** The run that it is of. */
  #run: string | null = null;
  #adoptedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tourAt = 0;

  counts = $derived.by(() => {
    const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
    for (const rollout of this.batch?.rollouts ?? []) counts[rollout.outcome] += 1;
    return counts;
  });

  /** Places in the batch of the rollouts that pass the filter. */
  visible = $derived.by(() => {
    const rollouts = this.batch?.rollouts ?? [];
    return rollouts.flatMap((rollout, at) => (this.filter === null || rollout.outcome === this.filter ? [at] : []));
  });

  /** Place in the batch of the rollout in the spotlight. */
  get at(): number {
    return this.#hovered ?? this.#selected;
  }

  get rollout(): Rollout | null {
    return this.batch?.rollouts[this.at] ?? null;
  }

  /** A new batch of a run; `atOnce` where nothing runs on behind it (paused, single step, sought). Another run is followed anew. */
  offer(batch: Batch | null, atOnce: boolean, run: string | null): void {
    this.#offered = batch;
    if (batch === null || run !== this.#run) {
      this.#run = run;
      this.following = true;
      this.#hovered = null;
      this.#adopt();
      return;
    }
    if (!this.following || this.#hovered !== null) return;
    const wait = atOnce || this.batch === null ? 0 : this.#adoptedAt + readable - performance.now();
    if (wait <= 0) this.#adopt();
    else this.#timer ??= setTimeout(() => this.#adoptUnlessHeld(), wait);
  }

  /** Hovering looks at a rollout and holds its batch still under the pointer. */
  hover(at: number | null): void {
    this.#hovered = at;
    if (at === null && this.following && this.#offered !== this.batch) this.offer(this.#offered, false, this.#run);
  }

  /** Choosing one keeps its batch until `follow`. */
  select(at: number): void {
    this.#selected = at;
    this.#hovered = null;
    this.following = false;
  }

  /** Moves the choice among the visible ones, by keyboard. */
  move(by: number): void {
    const visible = this.visible;
    if (visible.length === 0) return;
    const from = visible.indexOf(this.at);
    const to = from < 0 ? 0 : Math.min(Math.max(0, from + by), visible.length - 1);
    this.select(visible[to]);
  }

  show(filter: Outcome | null): void {
    this.filter = filter;
    if (filter !== null && this.rollout?.outcome !== filter && this.visible.length > 0)
      this.#selected = this.visible[0];
  }

  follow(): void {
    this.following = true;
    this.#adopt();
  }

  #adoptUnlessHeld(): void {
    this.#timer = undefined;
    if (this.following && this.#hovered === null) this.#adopt();
  }

  #adopt(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#adoptedAt = performance.now();
    if (this.#offered === this.batch) return;
    this.batch = this.#offered;
    this.#selected = this.#mostTelling();
  }

  #mostTelling(): number {
    const visible = this.visible;
    if (this.filter !== null || this.batch === null) return visible[0] ?? 0;
    for (let turn = 0; turn < tour.length; turn++) {
      const wanted = tour[(this.#tourAt + turn) % tour.length];
      const found = this.batch.rollouts.findIndex((rollout) => rollout.outcome === wanted);
      if (found >= 0) {
        this.#tourAt = (this.#tourAt + turn + 1) % tour.length;
        return found;
      }
    }
    return 0;
  }
}
