import { expect, it } from 'vitest';
import { checkpointDue } from '../../src/lab/run/checkpoint-due';

const config = { checkpoint: { every_steps: 10, every_seconds: 30 }, stages: { one: 7, two: 20 } };
const due = (step: number, savedStep: number, seconds = 0) => checkpointDue(config, { step, savedStep, seconds });

it('is written after so many steps since the last one, whenever that was', () => {
  expect([9, 10, 11].map((step) => due(step + 20, 20))).toEqual([false, true, true]);
  expect(due(23, 13)).toBe(true);
});

it('is written after so many seconds, if there is anything new', () => {
  expect([29.9, 30].map((seconds) => due(22, 21, seconds))).toEqual([false, true]);
  expect(due(21, 21, 1000)).toBe(false);
});

it('is written after the first step, so that a run is there from then on', () => {
  expect([0, 1, 2].map((step) => due(step, 0))).toEqual([false, true, false]);
  expect(due(1, 1)).toBe(false);
});

it('is written at every milestone, once: the end of stage 1, and the middle of stage 2', () => {
  expect([6, 7, 8].map((step) => due(step, 5))).toEqual([false, true, false]);
  expect([16, 17, 18].map((step) => due(step, 15))).toEqual([false, true, false]);
  expect(due(7, 7)).toBe(false);
});
