import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { readRunArchive } from '../src/checkpoint/archive';
import { GuestStore } from '../src/checkpoint/guests';
import { RunStore } from '../src/checkpoint/store';
import { configHash, parseConfig, presets, runName, type RunConfig } from '../src/lab/config';
import { parseRecordedRun } from '../src/lab/run/recorded-run';
import { runFormat } from '../src/lab/run/run-format';
import { resultSchema, subjectFrom, subjectId } from '../src/lab/reproduction/result';
import { environmentOf } from '../src/lab/models/environment';
import { Run } from '../src/lab/run/run';
import { fromHash, toHash } from '../src/ui/state/address';

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

describe('configs of 0.2.0', () => {
  const configs = json('configs.json') as { config: RunConfig & { level: string }; hash: string; name: string }[];
  const named = configs.map((one) => [one.name, one] as const);

  it.each(named)('"%s" keeps its hash and its name', (name, { config, hash }) => {
    const renewed = parseConfig(config);
    expect(configHash(renewed)).toBe(hash);
    expect(runName(renewed)).toBe(name);
  });

  it.each(named)('"%s" means the task, the size and the base agents of its level', (_, { config }) => {
    const { level, ...others } = config;
    const chosen = { tiny: '0.06M', standard: '0.1M', hard: '0.17M' }[level];
    const task = { name: 'masquerade', level };
    // What came later is as it was before.
    const reward = { ...others.reward, lambda_two: 0, gate: 'all' };
    expect(parseConfig(config)).toEqual({ ...others, reward, task, model: chosen, init: 'base' });
  });

  it('are the presets of today', () => {
    for (const preset of Object.values(presets)) {
      const before = configs.find(({ name }) => name === `${preset.preset} · seed 1`)!;
      expect(parseConfig(before.config)).toEqual(preset);
    }
  });

  it('are no other experiments for choosing what their level chose, and are for choosing anything else', () => {
    const { hash } = configs.find(({ name }) => name === 'hard · seed 1')!;
    const hard = presets.hard;
    expect(configHash({ ...hard, preset: 'standard' })).toBe(hash);
    const others = [{ model: '0.1M' as const }, { init: 'random' as const }, { task: presets.standard.task }];
    const hashes = others.map((other) => configHash({ ...hard, ...other }));
    expect(new Set([hash, ...hashes]).size).toBe(4);
  });
});

describe('links of 0.2.0', () => {
  it.each([
    ['#v=1&preset=hard&seed=3', { ...presets.hard, seed: 3 }],
    ['#preset=quick', presets.quick],
    [
      '#v=1&preset=standard&level=hard&freeze=conversation',
      { ...presets.standard, task: presets.hard.task, model: presets.hard.model, freeze: 'conversation' },
    ],
    ['#v=1&level=tiny&preset=standard', { ...presets.standard, task: presets.tiny.task, model: presets.tiny.model }],
  ])('%s opens, and can be given on', (link, config) => {
    expect(fromHash(link)).toEqual(config);
    expect(fromHash(toHash(fromHash(link)!))).toEqual(config);
  });
});

describe('a run of 0.2.0', () => {
  const archive = fixture('run.waltz');

  it('goes on with the task and the size of its level', async () => {
    const run = await readRunArchive(archive, runFormat);
    expect(run.config).toMatchObject({ task: { name: 'masquerade', level: 'tiny' }, model: '0.06M', init: 'base' });
    const agents = {} as never;
    expect(Run.resume(run, { ...environmentOf(run.config.task), agents }).completed).toBe(run.step);
  });

  it('is found and opened in a store that 0.2.0 left', async () => {
    const kept = await readRunArchive(archive, runFormat);
    const name = 'runs of 0.2.0';
    const store = new RunStore(runFormat, name);
    await store.save(kept);
    await store.close();
    // As version 0.2.0 had written it.
    const { task, model, init, ...config } = kept.config;
    const earlier = { config: { ...config, level: task.level }, configVersion: 1 };
    const database = await openDB(name);
    const head = (await database.get('heads', kept.run)) as object;
    const checkpoint = (await database.get('checkpoints', [kept.run, kept.step])) as object;
    await database.put('heads', { ...head, ...earlier });
    await database.put('checkpoints', { ...checkpoint, ...earlier }, [kept.run, kept.step]);
    for (const at of kept.metrics.keys()) {
      await database.put('metrics', earlierMetrics(kept.metrics[at]), [kept.run, at]);
    }
    database.close();
    const { runs, aside } = await store.list();
    expect(aside).toEqual([]);
    expect(runs[0].config).toEqual({ ...config, task, model, init });
    const loaded = await store.load(kept.run);
    expect(loaded.config).toEqual(kept.config);
    expect(loaded.metrics).toEqual(kept.metrics);
    await store.close();
  });
});

it('a model that 0.2.0 took in is of the task that there was', async () => {
  const name = 'guests of 0.2.0';
  const store = new GuestStore(name);
  await store.list();
  const { agents } = await readRunArchive(fixture('run.waltz'), runFormat);
  const head = {
    ...{ id: 'a', name: 'tiny: conversation', config: agents.conversation.config, bytes: 4, engine: true, onnx: false },
    ...{ addedAt: 1, level: 'tiny', role: 'conversation', removedAt: null },
  };
  const database = await openDB(name);
  await database.put('heads', head);
  await database.put('heads', { ...head, id: 'b', level: null, role: null });
  database.close();
  const { guests, aside } = await store.list();
  expect(aside).toEqual([]);
  expect(guests.map(({ id, task }) => [id, task])).toEqual([
    ['a', { name: 'masquerade', level: 'tiny' }],
    ['b', null],
  ]);
  expect(guests[0]).not.toHaveProperty('level');
  await store.close();
});

describe('results of 0.2.0', () => {
  it('keep their names', () => {
    for (const file of readdirSync('results/tables').filter((one) => one.endsWith('.json'))) {
      const result = v.parse(resultSchema, JSON.parse(readFileSync(`results/tables/${file}`, 'utf8')));
      expect(`${subjectId(subjectFrom(result))}.json`).toBe(file);
    }
    const base = v.parse(resultSchema, json('result-base-standard.json'));
    expect(subjectId(subjectFrom(base))).toBe('base-standard');
  });
});

/** Metrics under the names of 0.2.0. */
function earlierMetrics(metrics: object): unknown {
  const names = { grad_norm: 'gradientNorm', clip_ratio: 'clipRatio', mean_length: 'meanLength' };
  const own = {
    ...{ reward_first: 'rewardFirst', reward_final: 'rewardFinal', reward_feedback: 'rewardFeedback' },
    ...{ label_accuracy: 'labelAccuracy', json_errors: 'jsonErrors', trigger_rate: 'triggerRate' },
    ...{ tokens_generated: 'tokensGenerated', tokens_trained: 'tokensTrained' },
  };
  const text = Object.entries({ ...names, ...own }).reduce(
    (json, [now, before]) => json.replaceAll(`"${now}":`, `"${before}":`),
    JSON.stringify(metrics),
  );
  return JSON.parse(text);
}
