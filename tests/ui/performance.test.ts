import { describe, expect, it } from 'vitest';
import type { StepCost } from '../../src/lab/run/meter';
import { milliseconds, quantity } from '../../src/ui/format';
import { performanceDocument } from '../../src/ui/performance/document';
import { breakdown } from '../../src/ui/performance/phases';
import { byRole, productRate, updateTraffic } from '../../src/ui/performance/rates';

const phase = (wall: number, gpu: number | null) => ({ wall, host: 1, gpu, dispatches: 10, submits: 2, tokens: 50 });

const cost = (gpu: boolean, both: boolean): StepCost => ({
  wall: 100,
  phases: {
    answers: phase(20, gpu ? 10 : null),
    feedback: phase(15, gpu ? 9 : null),
    ...(both ? { 'update conversation': phase(50, gpu ? 20 : null) } : {}),
    'update feedback': phase(48, gpu ? 21 : null),
  },
  counts: {
    ...{ dispatches: 40, submits: 8, splits: 0, readbacks: 3, bytesWritten: 9, bytesRead: 9 },
    ...{ buffers: 0, bindGroups: 0 },
  },
  memory: { parameters: 1, optimizer: 1, gradients: 1, activations: 1, 'key-value cache': 1, other: 1 },
  peakBytes: 6,
  flops: 3e8,
  updateBytes: 4e6,
  copyBandwidth: 2e9,
});
const trials = [
  { role: 'training', name: '8x8/1', milliseconds: 2, gflops: 5 },
  { role: 'training', name: '16x8/4', milliseconds: 1, gflops: 10 },
  { role: 'training', name: '16x16/2', milliseconds: null, gflops: null },
] as const;

describe('a breakdown', () => {
  it('takes both updates as one stretch by the clock, since they go on at once', () => {
    const { clock, rest, scale } = breakdown(cost(true, true));
    expect(clock).toEqual([
      { name: 'answers', milliseconds: 20 },
      { name: 'feedback', milliseconds: 15 },
      { name: 'both updates', milliseconds: 50 },
    ]);
    expect(rest).toBe(15);
    expect(scale).toBe(100);
  });

  it('names the update that is alone', () => {
    expect(breakdown(cost(true, false)).clock.at(-1)).toEqual({ name: 'update feedback', milliseconds: 48 });
  });

  it('adds up the GPU and the recording apart, and leaves out what the adapter does not tell', () => {
    expect(breakdown(cost(true, true))).toMatchObject({ gpuTotal: 60, hostTotal: 4 });
    expect(breakdown(cost(false, true))).toMatchObject({ gpu: null, gpuTotal: null });
  });
});

describe('rates', () => {
  it('hold the products of the step against the fastest that was timed', () => {
    expect(productRate(cost(true, true), trials)).toEqual({
      ...{ byClock: 3e9, onGpu: 5e9, peak: 1e10, shareByClock: 0.3, shareOnGpu: 0.5 },
    });
  });

  it('claim nothing where nothing was timed', () => {
    expect(productRate(cost(false, true), [])).toMatchObject({ onGpu: null, peak: null, shareByClock: null });
    expect(productRate(cost(false, true), trials)).toMatchObject({ shareByClock: 0.3, shareOnGpu: null });
  });

  it('say what the updates’ traffic takes at the rate of a copy', () => {
    expect(updateTraffic(cost(true, true))).toEqual({ milliseconds: 2, share: 0.02 });
  });

  it('know which trial runs, and what it gains', () => {
    const [role] = byRole({ training: '16x8/4' }, trials);
    expect(role).toMatchObject({ chosen: '16x8/4', gflops: 10, gain: 2 });
    expect(byRole({ training: '16x8/4' }, [])[0]).toMatchObject({ gflops: null, gain: null });
  });
});

describe('an export', () => {
  const provenance = { adapter: 'test', build: '0.1.0', variants: { training: '16x8/4' } };
  const made = (gpu: boolean) =>
    performanceDocument(
      {
        adapter: null,
        config: null,
        kernels: { provenance, trials },
        steps: [1, 2].map((step) => ({ step, cost: cost(gpu, true) })),
      },
      new Date(0),
    );

  it('is plain JSON of the step on show and the ones before', () => {
    const document = made(true);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document).toMatchObject({ date: '1970-01-01T00:00:00.000Z', build: '0.1.0', step: { step: 2, wall: 100 } });
    expect(document.earlier.map(({ step }) => step)).toEqual([1]);
    expect(document.unknown).not.toHaveProperty('gpu');
  });

  it('says why a number is not there', () => {
    expect(made(false).step.gpuTotal).toBeNull();
    expect(made(false).unknown).toMatchObject({ gpu: expect.stringContaining('timestamp') as string });
  });
});

describe('quantities', () => {
  const plain = (text: string) => text.replaceAll('\u2009', ' ');

  it('are scaled to three digits', () => {
    expect([0, 512, 999.6, 1234, 20_400_000, 3.21e9, 4e12, NaN].map((value) => plain(quantity(value, 'B')))).toEqual([
      '0 B',
      '512 B',
      '1.00 kB',
      '1.23 kB',
      '20.4 MB',
      '3.21 GB',
      '4.00 TB',
      '–',
    ]);
  });

  it('are no finer than a clock where they are milliseconds', () => {
    expect([0, 0.0412, 0.26, 9.96, 84.12, 1234].map((value) => plain(milliseconds(value)))).toEqual([
      ...['0 ms', '< 0.1 ms', '0.3 ms', '9.96 ms', '84.1 ms', '1 230 ms'],
    ]);
  });
});
