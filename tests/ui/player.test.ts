import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Player } from '../../src/ui/state/player.svelte';
import { ShownRun } from '../../src/ui/state/shown-run.svelte';
import { smallRun } from './small-run';

const atOnce = (flush: () => void) => flush();

function shownBy(store: ShownRun) {
  const { step, metrics, evaluations, batch, timing, config, status } = store;
  return { step, metrics, evaluations, batch, timing, config, status };
}

describe('Player', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    vi.stubGlobal('requestAnimationFrame', (frame: (now: number) => void) =>
      setTimeout(() => frame(performance.now()), 16),
    );
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('shows the same after seeking to a step as after playing up to it', () => {
    const recorded = smallRun();
    const playedStore = new ShownRun(atOnce);
    const played = new Player(playedStore, recorded);
    const soughtStore = new ShownRun(atOnce);
    const sought = new Player(soughtStore, recorded);
    for (let at = 1; at < recorded.metrics.length; at++) {
      played.advance();
      sought.seek(at);
      expect(shownBy(soughtStore)).toEqual(shownBy(playedStore));
    }
    expect(playedStore.status).toBe('finished');
    expect(playedStore.evaluations.map(({ step }) => step)).toEqual([0, 4, 8, 12]);
  });

  it('plays to the end by itself, then stops', () => {
    const store = new ShownRun(atOnce);
    const player = new Player(store, smallRun());
    player.play();
    expect(store.status).toBe('running');
    vi.advanceTimersByTime(60_000);
    expect(player.playing).toBe(false);
    expect(store.status).toBe('finished');
    expect(store.step).toBe(12);
  });

  it('tells the rates that were recorded, not those of the replay', () => {
    const store = new ShownRun(atOnce);
    const player = new Player(store, smallRun());
    player.seek(1);
    // Steps 1 and 2 took 201 and 202 ms and 151 and 152 tokens.
    expect(store.timing?.elapsed).toBe(403);
    expect(store.timing?.stepsPerSecond).toBeCloseTo(2 / 0.403, 10);
    expect(store.timing?.tokensPerSecond).toBeCloseTo(303 / 0.403, 10);
  });
});
