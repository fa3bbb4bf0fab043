import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { efficiencies } from '../../bench/efficiency';
import { kept, performancePage, withTables } from '../../bench/kept';
import { sizes } from '../../src/model/sizes';
import type { ContenderResult } from '../../bench/document';

const document = kept('swiftshader');
const page = readFileSync(performancePage, 'utf8');
const byName = <T extends Pick<ContenderResult, 'name'>>(list: readonly T[], name: string) =>
  list.find((one) => one.name === name)!;

it('shows on the performance page what was kept, and nothing else', () => {
  expect(withTables(page, document)).toBe(page);
  expect(document.faults).toEqual([]);
});

// The first contender is ours on WebGPU. Ratios of medians in one run (see docs/performance.md); what depends on the machine is asserted of the kept run only.
describe('in the kept run', () => {
  it('all of it takes half an hour at most, a chat model among it', () => {
    expect(document.seconds).toBeLessThanOrEqual(1800);
  });

  it.each(document.training)('training $workload.size is ahead of its peers', ({ contenders }) => {
    const [ours] = contenders;
    const times = (name: string) => byName(contenders, name).seconds.median / ours.seconds.median;
    expect(times('jax-js (webgpu)')).toBeGreaterThan(1.5);
    if (byName(contenders, 'TensorFlow.js (webgpu)')) expect(times('TensorFlow.js (webgpu)')).toBeGreaterThan(10);
  });

  it.each(document.training)('a step of $workload.size takes little longer than its matrix products', (result) => {
    const [{ share, bestShare }] = efficiencies(result);
    expect(share).toBeGreaterThanOrEqual(0.6);
    expect(bestShare).toBeGreaterThanOrEqual(0.6);
  });

  it.each(document.training)('a training step of $workload.size asks little of the GPU', ({ workload, contenders }) => {
    const [{ counts }] = contenders;
    const { layers } = sizes[workload.size];
    expect(counts.dispatches).toBeLessThanOrEqual(60 + 20 * (layers - 2));
    expect(counts).toMatchObject({ submits: 2, mapReads: 1, buffers: 0, bindGroups: 0 });
  });

  it.each(document.generation)('generation in batches of $workload.batch is ahead of its peers', (result) => {
    const { contenders, workload } = result;
    const [ours, ...others] = contenders;
    const peers = others.filter(({ peakBytes }) => peakBytes > 0);
    expect(peers.length).toBeGreaterThan(1);
    const best = Math.min(...peers.map(({ seconds }) => seconds.median));
    expect(best / ours.seconds.median).toBeGreaterThan(workload.batch === 64 ? 3 : 1);
    expect(ours.counts).toMatchObject({ buffers: 0, bindGroups: 0, mapReads: 1 });
    const { layers } = sizes[workload.size];
    expect(ours.counts.dispatches / workload.newTokens).toBeLessThanOrEqual(6 + 8 * layers);
  });

  it.each(document.matmul.flatMap(({ size, shapes }) => shapes.map((shape) => ({ size, ...shape }))))(
    'the engine keeps up with the best simple kernel at $name of $size',
    ({ engine, simple }) => {
      // Three short runs each: whatever else the machine does can only slow one down.
      expect(engine.flopsPerSecond.max / simple.flopsPerSecond.max).toBeGreaterThan(0.8);
    },
  );
});
