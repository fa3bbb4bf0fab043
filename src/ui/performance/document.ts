import type { AdapterSummary } from '../../model/adapter-summary';
import type { RunConfig } from '../../lab/config';
import type { KernelReport, WatchedStep } from '../state/performance.svelte';
import { breakdown } from './phases';
import { byRole, productRate, updateTraffic } from './rates';
import { whyNoCopyShare, whyNoGpuTimes, whyNoPeak } from './unknown';

/** Everything that the panel shows, and what it is about. */
export interface Shown {
  adapter: AdapterSummary | null;
  config: RunConfig | null;
  kernels: KernelReport | null;
  steps: readonly WatchedStep[];
}

/** The panel as a JSON document: the step on show with all that is worked out from it, and the ones before as measured. */
export function performanceDocument({ adapter, config, kernels, steps }: Shown, date: Date) {
  const { step, cost } = steps[steps.length - 1];
  const trials = kernels?.trials ?? [];
  const { rest, gpuTotal, hostTotal } = breakdown(cost);
  const products = productRate(cost, trials);
  const unknown = {
    ...(gpuTotal === null ? { gpu: whyNoGpuTimes(adapter) } : {}),
    ...(products.peak === null ? { peak: whyNoPeak } : {}),
    shareOfCopyBandwidth: whyNoCopyShare,
  };
  return {
    format: 'waltzrl-performance',
    version: 1,
    date: date.toISOString(),
    build: kernels?.provenance.build ?? null,
    adapter,
    preset: config?.preset ?? null,
    config,
    units: { time: 'ms', memory: 'bytes', flops: 'FLOP', rates: 'FLOP/s', gflops: 'GFLOP/s', copyBandwidth: 'bytes/s' },
    step: { step, ...cost, rest, gpuTotal, hostTotal, products, updateTraffic: updateTraffic(cost) },
    kernels: byRole(kernels?.provenance.variants ?? {}, trials),
    earlier: steps.slice(0, -1),
    unknown,
  };
}
