import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer } from '../../src/ui/state/announcer.svelte';
import { Spotlight } from '../../src/ui/state/spotlight.svelte';
import { batchOf } from './small-run';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => vi.useRealTimers());

describe('Announcer', () => {
  it('says at most one message in five seconds, the latest', () => {
    const announcer = new Announcer();
    const said: string[] = [];
    for (let second = 0; second < 20; second++) {
      announcer.say(`second ${second}`);
      vi.advanceTimersByTime(1000);
      if (announcer.message !== said.at(-1)) said.push(announcer.message);
    }
    expect(said).toEqual(['second 0', 'second 4', 'second 9', 'second 14', 'second 19']);
  });

  it('does not hold up what is new for what was said already', () => {
    const announcer = new Announcer();
    announcer.say('Training runs.');
    vi.advanceTimersByTime(4900);
    announcer.say('Training runs.');
    announcer.say('Step 10 measured.');
    vi.advanceTimersByTime(200);
    expect(announcer.message).toBe('Step 10 measured.');
  });
});

describe('Spotlight', () => {
  const batch = (step: number) => ({ step, rollouts: batchOf() });

  it('shows the first batch at once and then leaves time to read', () => {
    const spotlight = new Spotlight();
    spotlight.offer(batch(1), false, 'a');
    expect(spotlight.batch?.step).toBe(1);
    spotlight.offer(batch(2), false, 'a');
    spotlight.offer(batch(3), false, 'a');
    vi.advanceTimersByTime(2000);
    expect(spotlight.batch?.step).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(spotlight.batch?.step).toBe(3);
  });

  it('does not wait where nothing runs on', () => {
    const spotlight = new Spotlight();
    spotlight.offer(batch(1), true, 'a');
    spotlight.offer(batch(2), true, 'a');
    expect(spotlight.batch?.step).toBe(2);
  });

  it('holds the batch of a chosen rollout until it follows again', () => {
    const spotlight = new Spotlight();
    spotlight.offer(batch(1), false, 'a');
    spotlight.select(1);
    spotlight.offer(batch(2), false, 'a');
    vi.advanceTimersByTime(60_000);
    expect(spotlight.batch?.step).toBe(1);
    expect(spotlight.rollout?.outcome).toBe('untouched');
    spotlight.follow();
    expect(spotlight.batch?.step).toBe(2);
  });

  it('holds the batch under the pointer and goes on when it leaves', () => {
    const spotlight = new Spotlight();
    spotlight.offer(batch(1), false, 'a');
    spotlight.hover(1);
    spotlight.offer(batch(2), false, 'a');
    vi.advanceTimersByTime(10_000);
    expect(spotlight.batch?.step).toBe(1);
    spotlight.hover(null);
    expect(spotlight.batch?.step).toBe(2);
  });

  it('moves only among those that pass the filter', () => {
    const spotlight = new Spotlight();
    const rollouts = [...batchOf(), ...batchOf()];
    spotlight.offer({ step: 1, rollouts }, false, 'a');
    spotlight.show('untouched');
    expect(spotlight.at).toBe(1);
    spotlight.move(1);
    expect(spotlight.at).toBe(3);
    spotlight.move(1);
    expect(spotlight.at).toBe(3);
    spotlight.move(-Infinity);
    expect(spotlight.at).toBe(1);
    expect(spotlight.counts.improved).toBe(2);
  });

  it('is dark when the run is cleared', () => {
    const spotlight = new Spotlight();
    spotlight.offer(batch(1), false, 'a');
    spotlight.offer(null, true, 'a');
    expect(spotlight.rollout).toBeNull();
  });

  it('follows another run anew, whatever was chosen of the one before', () => {
    const spotlight = new Spotlight();
    spotlight.offer(batch(1), false, 'a');
    spotlight.select(1);
    // The run is dropped for the recorded one; one that goes on has no batch at first.
    spotlight.offer(batch(60), true, 'recorded');
    expect(spotlight.batch?.step).toBe(60);
    spotlight.select(1);
    spotlight.offer(null, true, 'recorded');
    spotlight.offer(batch(7), true, 'recorded');
    expect(spotlight.batch?.step).toBe(7);
  });
});
