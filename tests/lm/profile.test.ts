import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBaseAgents } from '../../cli/base-agents';
import { presets } from '../../src/lab/config';
import { StepMeter, type StepCost } from '../../src/lab/run/meter';
import { Run } from '../../src/lab/run/run';
import { measureCopyBandwidth } from '../../src/gpu/copy-bandwidth';
import { GpuMeter } from '../../src/lm/backend/meter';
import { tune } from '../../src/lm/tuner';
import { openDevice, openShipped } from '../oracle/shipped-models';

const config = { ...presets.tiny, evaluation: { ...presets.tiny.evaluation, prompts: 2 } };

let device: Awaited<ReturnType<typeof openDevice>>;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.close());

/** The whole run, with the meter on or off: what came of it, and what each step cost. */
async function trained(on: boolean) {
  const { gpu } = device;
  const opened = await openShipped(gpu, config);
  const { models, parts } = opened;
  const counter = new GpuMeter(gpu, Object.values(models), () => Promise.resolve(1e9));
  const meter = new StepMeter(models, counter);
  meter.on = on;
  const run = new Run(config, { ...parts, agents: meter.agents });
  const costs: { cost: StepCost | null; tokens: number; readbacks: number }[] = [];
  while (!run.done) {
    // Between two steps the agents are used as well, and that is no part of a step.
    if (run.evaluationDue) await run.recordEvaluation();
    const reads = gpu.readback.count;
    const { result, cost } = await meter.measure(() => run.step());
    const { tokens_generated, tokens_trained } = result.metrics;
    costs.push({ cost, tokens: tokens_generated + tokens_trained, readbacks: gpu.readback.count - reads });
  }
  const metrics = run.metrics.map((step) => ({ ...step, time: null }));
  return { outcome: { metrics, evaluations: run.evaluations, states: await opened.states() }, costs };
}

describe('a watched run', () => {
  let watched: Awaited<ReturnType<typeof trained>>;
  beforeAll(async () => {
    watched = await trained(true);
  });

  it('is the unwatched one, bit for bit, at the price of one readback a step at most', async () => {
    const plain = await trained(false);
    expect(watched.outcome).toEqual(plain.outcome);
    plain.costs.forEach(({ cost, readbacks }, step) => {
      expect(cost).toBeNull();
      expect(watched.costs[step].cost!.counts.readbacks).toBe(readbacks);
      expect(watched.costs[step].readbacks - readbacks).toBeLessThanOrEqual(1);
    });
  });

  it('has phases that add up to what the device counted', () => {
    for (const { cost, tokens } of watched.costs) {
      const phases = Object.values(cost!.phases);
      const sum = (of: (phase: (typeof phases)[number]) => number) => phases.reduce((all, phase) => all + of(phase), 0);
      const { dispatches, submits, splits, buffers, bindGroups } = cost!.counts;
      expect(sum((phase) => phase.dispatches)).toBe(dispatches);
      expect(sum((phase) => phase.submits)).toBe(submits + splits);
      expect(sum((phase) => phase.tokens)).toBe(tokens);
      expect({ buffers, bindGroups }).toEqual({ buffers: 0, bindGroups: 0 });
      expect(sum((phase) => phase.host)).toBeLessThan(cost!.wall);
      for (const phase of phases) expect(phase.wall).toBeLessThanOrEqual(cost!.wall);
    }
  });

  it('times the GPU where the adapter has timestamps, and says nothing of it where not', () => {
    const timed = device.gpu.device.features.has('timestamp-query');
    for (const { cost } of watched.costs) {
      for (const { gpu } of Object.values(cost!.phases)) {
        if (timed) expect(gpu).toBeGreaterThan(0);
        else expect(gpu).toBeNull();
      }
    }
  });

  it('learns in stage 1 with the feedback agent alone', () => {
    const phases = watched.costs.map(({ cost }) => Object.keys(cost!.phases));
    expect(phases[0]).not.toContain('update conversation');
    expect(phases.at(-1)).toEqual(expect.arrayContaining(['update conversation', 'update feedback']));
    const [first, last] = [watched.costs[0].cost!, watched.costs.at(-1)!.cost!];
    expect(first.updateBytes).toBeGreaterThan(0);
    expect(last.updateBytes).toBe(2 * first.updateBytes);
    expect(first.flops).toBeGreaterThan(0);
  });
});

it('counts each token that a model reads, and no more', async () => {
  const { conversation } = (await openShipped(device.gpu, config)).models;
  const { work } = conversation;
  const generate = (prompts: number[][], phase: number) => {
    const rollouts = prompts.map((_, i) => i);
    const draw = { seed: 1, stream: 'sampling', step: 1, rollouts, phase } as const;
    return conversation.generate(prompts, { maxNewTokens: 4, temperature: 1, draw, cache: rollouts });
  };
  const again = (completions: { logprobs: number[] }[]) =>
    completions.reduce((sum, { logprobs }) => sum + logprobs.length - 1, 0);

  const first = await generate(
    [
      [1, 2, 3],
      [4, 5, 6, 7, 8],
    ],
    0,
  );
  expect(work.forward).toEqual({ tokens: 8 + again(first), rows: 2 + again(first) });
  // The last token drawn and the one behind it; the rest is in the cache.
  const before = { ...work.forward };
  const second = await generate(
    first.map(({ ids }) => [...ids, 1]),
    4,
  );
  expect(work.forward.tokens - before.tokens).toBe(4 + again(second));

  const read = { ...work.forward };
  const examples = [5, 3].map((length) => ({
    ids: Array<number>(length).fill(1),
    weights: Array<number>(length).fill(1),
  }));
  await conversation.supervise(examples, { learningRate: 0, gradientClip: 1 });
  expect(work.backward).toEqual({ tokens: 6, rows: 6 });
  expect(work.forward).toEqual({ tokens: read.tokens + 6, rows: read.rows + 6 });
  expect(work.updates).toBe(1);
});

it('counts every buffer of the engine by label and by purpose', async () => {
  const { gpu } = device;
  const { conversation } = (await readBaseAgents(config)).agents;
  await tune(gpu, conversation.config, { tokens: 64, slots: 4, newTokens: 24, budget: 0 });
  expect(gpu.peakBytes).toBeGreaterThanOrEqual(gpu.bytes);
  for (const sums of [gpu.memory, gpu.memoryByPurpose]) {
    expect(Object.values(sums).reduce((sum, bytes) => sum + bytes, 0)).toBe(gpu.bytes);
  }
});

it('measures how fast buffers are copied, and leaves nothing behind', async () => {
  const before = device.gpu.bytes;
  const bandwidth = await measureCopyBandwidth(device.gpu);
  expect(bandwidth).toBeGreaterThan(1e7);
  expect(bandwidth).toBeLessThan(1e14);
  expect(device.gpu.bytes).toBe(before);
});
