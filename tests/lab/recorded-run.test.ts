import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRecordedRun, RecordedRunError } from '../../src/lab/run/recorded-run';
import { smallRun } from '../ui/small-run';

/** As it comes out of a file. */
function plain(): ReturnType<typeof smallRun> {
  return JSON.parse(JSON.stringify(smallRun())) as ReturnType<typeof smallRun>;
}

describe('a recorded run', () => {
  it('is taken as it is', () => {
    expect(parseRecordedRun(plain())).toEqual(smallRun());
  });

  it('may be one in which nobody gave feedback', () => {
    const run = smallRun();
    const alone = {
      ...run,
      config: { ...run.config, method: 'single-model' as const },
      metrics: run.metrics.map((one) => ({ ...one, reward_feedback: null, label_accuracy: null, json_errors: null })),
      evaluations: run.evaluations.map((one) => ({
        ...one,
        sets: Object.fromEntries(
          Object.entries(one.sets).map(([name, set]) => [name, { ...set, label_accuracy: null }]),
        ),
      })),
      batches: run.batches.map((batch) => ({
        ...batch,
        rollouts: batch.rollouts.map((rollout) => ({ ...rollout, feedbacks: [] })),
      })),
    };
    expect(parseRecordedRun(JSON.parse(JSON.stringify(alone)))).toEqual(alone);
  });

  it.each<[string, (run: ReturnType<typeof plain>) => void, RegExp]>([
    ['an unknown outcome', (run) => Object.assign(run.batches[0].rollouts[0], { outcome: 'won' }), /outcome/],
    ['a share above 1', (run) => Object.assign(run.evaluations[0], { asr: 1.2 }), /evaluations\.0\.asr/],
    ['a step without metrics', (run) => Object.assign(run.metrics[3], { label_accuracy: undefined }), /metrics\.3/],
    ['no answers', (run) => Object.assign(run.batches[0].rollouts[1], { answers: [] }), /answers/],
    ['no batches', (run) => Object.assign(run, { batches: [] }), /batches/],
    ['a date that is none', (run) => Object.assign(run.made, { date: 'soon' }), /made\.date/],
    ['a config that cannot run', (run) => Object.assign(run.config, { freeze: 'both' }), /freeze/],
  ])('is refused with %s, naming the place', (_, spoil, place) => {
    const run = plain();
    spoil(run);
    expect(() => parseRecordedRun(run)).toThrow(RecordedRunError);
    expect(() => parseRecordedRun(run)).toThrow(place);
  });

  it.each([null, 7, 'text', [], {}])('is refused when it is %j', (value) => {
    expect(() => parseRecordedRun(value)).toThrow(RecordedRunError);
  });

  const shipped = new URL('../../public/recorded.json', import.meta.url);
  it.runIf(existsSync(shipped))('is what the page ships with', () => {
    const run = parseRecordedRun(JSON.parse(readFileSync(shipped, 'utf8')));
    expect(run.metrics.at(-1)?.step).toBe(run.config.stages.one + run.config.stages.two);
    expect(run.evaluations[0].step).toBe(0);
  });
});
