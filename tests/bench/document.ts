import type {
  BenchDocument,
  ChatContenderResult,
  ChatResult,
  NodeResult,
  TrainingContenderResult,
} from '../../bench/document';
import { summarize } from '../../bench/samples';
import { chatWorkloads } from '../../bench/workloads';
import { products } from '../../src/model/flops';
import { sizedConfig, sizes } from '../../src/model/sizes';

const counts = {
  dispatches: 88,
  submits: 2,
  mapReads: 1,
  buffers: 0,
  bindGroups: 0,
  bytesWritten: 2048,
  bytesRead: 12,
};

export function contender(name: string, seconds: number[]): TrainingContenderResult {
  const summary = summarize(seconds);
  return {
    name,
    firstSeconds: 1.5,
    seconds: summary,
    tokensPerSecond: 1024 / summary.median,
    counts,
    liveBytes: 1024 ** 2,
    peakBytes: 3 * 1024 ** 2,
    reference: 'theirs',
    agrees: true,
    losses: [5.5, 5.4],
    largestRelativeDifference: name === 'theirs' ? 0 : 2e-6,
  };
}

/** A small document with everything in it; the figures are made up. */
export function exampleDocument(): BenchDocument {
  const rate = { kernel: '8×8', engine: false, error: 1e-7, flopsPerSecond: summarize([1e9, 3e9, 2e9]) };
  const config = sizedConfig(sizes['0.1M'], 256, 64);
  return {
    date: '2026-01-01T00:00:00.000Z',
    command: 'npm run bench -- --json',
    seconds: 750,
    machine: {
      cpu: 'A processor',
      cores: 2,
      load: [0.1, 2],
      system: 'Linux 6',
      browser: 'Chromium 156',
      adapter: { vendor: 'v', architecture: 'a', device: '', description: '', software: true, features: [] },
    },
    training: [
      {
        workload: { size: '0.1M', sequences: 16, length: 64, warmUps: 2, runs: 3 },
        parameters: 117056,
        tokens: 1024,
        tolerance: 1e-3,
        contenders: [contender('ours (WebGPU)', [0.25, 0.5, 1]), contender('theirs', [1, 1, 4])],
        productSeconds: summarize([0.15, 0.3, 0.6]),
        satOut: [{ name: 'another', why: 'too slow' }],
        failed: [],
      },
    ],
    generation: [
      {
        workload: { size: '0.1M', batch: 16, promptTokens: 32, newTokens: 32, warmUps: 2, runs: 3 },
        parameters: 117056,
        tolerance: 0.9,
        contenders: [{ ...contender('ours (WebGPU)', [1, 1, 1]), sameTokens: 0.995 }],
        satOut: [],
        failed: [],
      },
    ],
    rl: [
      {
        preset: 'standard',
        backend: 'ours (WebGPU)',
        runs: 1,
        warmUps: 2,
        games: 64,
        seconds: summarize([2]),
        counts,
        liveBytes: 1,
        peakBytes: 1,
        apart: {
          seconds: summarize([4]),
          phases: [{ name: 'answers', seconds: summarize([1]), tokens: summarize([400]) }],
          rest: summarize([3]),
        },
      },
    ],
    scaling: [
      {
        size: '0.1M',
        runs: 1,
        points: [
          { sequences: 8, length: 64, seconds: summarize([0.1]) },
          { sequences: 16, length: 64, seconds: summarize([0.2]) },
        ],
      },
    ],
    matmul: [
      {
        size: '0.1M',
        tokens: 1024,
        runs: 3,
        tolerance: 1e-4,
        shapes: products(config, 1024).map(({ name, tokens, inputs, outputs }) => {
          return { name, tokens, inputs, outputs, best: rate, simple: rate, engine: rate, rates: [rate] };
        }),
      },
    ],
    faults: [],
  };
}

/** A contender that uses no GPU. */
export function onCpu(name: string, seconds: number[]): TrainingContenderResult {
  const none = Object.fromEntries(Object.keys(counts).map((key) => [key, 0])) as typeof counts;
  return { ...contender(name, seconds), counts: none, liveBytes: 0, peakBytes: 0 };
}

/** What Node adds to such a document. */
export function exampleNode(): NodeResult {
  const { training, rl } = exampleDocument();
  return {
    ...{ node: 'v24', runtime: 'ONNX Runtime 1', threads: 2 },
    training: [
      {
        ...training[0],
        contenders: [onCpu('ours (CPU)', [0.1, 0.1, 0.1]), onCpu('theirs', [0.2, 0.3, 0.4])],
        productSeconds: null,
        satOut: [{ name: 'PyTorch', why: 'not asked for with --python' }],
      },
    ],
    generation: [],
    rl: [{ ...rl[0], backend: 'ours (CPU)', counts: onCpu('', [1]).counts, peakBytes: 0 }],
    prefill: [
      {
        ...{ model: 'SmolLM2-135M', tokens: 256, parameters: 134_515_008, runs: 1, flops: 5e10 },
        seconds: summarize([0.5]),
        product: { rows: 2048, inputs: 576, outputs: 1536, flops: 2e9, seconds: summarize([0.01]) },
      },
    ],
  };
}

function chatContender(name: string, seconds: number[], tokens: number): ChatContenderResult {
  const one = onCpu(name, seconds);
  return {
    ...{ name, firstSeconds: 8, seconds: one.seconds, tokensPerSecond: tokens / one.seconds.median },
    ...{ counts: one.counts, liveBytes: 0, peakBytes: 0 },
    ...{ sameTokens: 1, largestLead: 0, tolerance: 0.01, agrees: true },
  };
}

/** A chat model, measured beside someone who reads prompts at half our rate and answers at a quarter of it. */
export function exampleChat(): ChatResult {
  return {
    ...{ model: 'SmolLM2-135M-Instruct', parameters: 134_515_008, threads: 2, missing: null },
    contests: chatWorkloads.map((workload) => {
      const tokens = workload.batch * (workload.what === 'prompt' ? workload.promptTokens : workload.newTokens);
      const slower = workload.what === 'prompt' ? 2 : 4;
      return {
        workload,
        contenders: [
          chatContender('ours (CPU)', [0.5, 0.5, 0.5], tokens),
          { ...chatContender('theirs', [0.5 * slower], tokens), sameTokens: 0.96, largestLead: 0.003 },
        ],
        satOut: [],
        failed: [],
      };
    }),
    memory: [
      { name: 'ours (CPU)', bytes: 1536 * 1024 ** 2 },
      { name: 'theirs', bytes: null },
    ],
  };
}
