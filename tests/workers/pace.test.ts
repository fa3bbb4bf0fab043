import { expect, it } from 'vitest';
import { Pace } from '../../workers/trainer/pace';

it('counts training time and leaves pauses out', () => {
  let now = 1000;
  const pace = new Pace(500, () => now);
  pace.start();
  now += 100;
  pace.stop();
  now += 10_000;
  pace.start();
  now += 30;
  expect(pace.timing(1, 0).elapsed).toBe(630);
});

it('says what is left at the present rate, evaluations included, once it can know', () => {
  const pace = new Pace(0, () => 0);
  expect(pace.timing(5, 0)).toEqual({ elapsed: 0, remaining: null, stepsPerSecond: 0, tokensPerSecond: 0 });
  pace.evaluated(3000);
  pace.stepped({ wall: 400, tokens: 100 });
  expect(pace.timing(5, 2).remaining).toBeNull();
  pace.stepped({ wall: 100, tokens: 400 });
  expect(pace.timing(4, 2)).toEqual({
    elapsed: 0,
    remaining: 4 * 250 + 2 * 3000,
    stepsPerSecond: 4,
    tokensPerSecond: 1000,
  });
});

it('forgets a slow start', () => {
  const pace = new Pace(0, () => 0);
  pace.stepped({ wall: 60_000, tokens: 10 });
  for (let i = 0; i < 20; i++) pace.stepped({ wall: 100, tokens: 10 });
  expect(pace.timing(10, 0)).toMatchObject({ remaining: 1000, stepsPerSecond: 10, tokensPerSecond: 100 });
});
