import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRunArchive } from '../src/checkpoint/archive';
import { parseRecordedRun } from '../src/lab/run/recorded-run';
import { runFormat } from '../src/lab/run/run-format';
import { resultSchema } from '../src/lab/reproduction/result';
import * as v from 'valibot';

/** Files that version 0.2.0 wrote. They mean today what they meant. */
const fixture = (name: string) => readFileSync(new URL(`fixtures/0.2.0/${name}`, import.meta.url));
const json = (name: string): unknown => JSON.parse(fixture(name).toString());

describe('metrics of 0.2.0', () => {
  it('are read from a recorded run under the names of today', () => {
    const old = json('recorded.json') as { metrics: Record<string, unknown>[]; evaluations: Record<string, unknown>[] };
    const { metrics, evaluations } = parseRecordedRun(old);
    const [before] = old.metrics;
    expect(metrics[0]).toMatchObject({
      reward_first: before.rewardFirst,
      reward_final: before.rewardFinal,
      reward_feedback: before.rewardFeedback,
      label_accuracy: before.labelAccuracy,
      json_errors: before.jsonErrors,
      trigger_rate: before.triggerRate,
      tokens_generated: before.tokensGenerated,
      tokens_trained: before.tokensTrained,
    });
    const { gradientNorm, clipRatio, meanLength } = (before.agents as Record<string, Record<string, number>>).feedback;
    expect(metrics[0].agents.feedback).toMatchObject({
      grad_norm: gradientNorm,
      clip_ratio: clipRatio,
      mean_length: meanLength,
    });
    const { asrInterval, orrInterval } = old.evaluations[0];
    expect(evaluations[0]).toMatchObject({ asr_interval: asrInterval, orr_interval: orrInterval });
    expect(metrics[0]).not.toHaveProperty('rewardFirst');
  });

  it('are read from an archive', async () => {
    const run = await readRunArchive(fixture('run.waltz'), runFormat);
    expect(run.metrics).toHaveLength(run.step);
    expect(run.metrics[0].tokens_generated).toBeGreaterThan(0);
    expect(run.evaluations[0].asr_interval[1]).toBeGreaterThan(run.evaluations[0].asr);
  });

  it('are read from a kept result, its effort and history too', () => {
    const old = json('090f89509fe69025-1.json') as Record<'effort' | 'history', Record<string, unknown>>;
    const { effort, history } = v.parse(resultSchema, old);
    expect(effort).toMatchObject({
      tokens_generated: old.effort.tokensGenerated,
      tokens_trained: old.effort.tokensTrained,
    });
    expect(history).toEqual({
      reward_first: old.history.rewardFirst,
      reward_final: old.history.rewardFinal,
      label_accuracy: old.history.labelAccuracy,
      json_errors: old.history.jsonErrors,
      trigger_rate: old.history.triggerRate,
      improved: old.history.improved,
      worsened: old.history.worsened,
    });
  });
});
