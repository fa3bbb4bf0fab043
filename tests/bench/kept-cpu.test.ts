/** What is claimed of the processor, of the kept run. Ratios of medians in one run: how fast the machine was falls out. */
import { describe, expect, it, type TestContext } from 'vitest';
import type { ContenderResult, NodeResult, RlResult } from '../../bench/document';
import { kept } from '../../bench/kept';
import { oursOnCpu, oursOnGpu } from '../../bench/names';
import { plainOnnx, pytorch } from '../../bench/node/names';
import { prefillShare } from '../../bench/report/node';

const { training, generation, rl, node } = kept('swiftshader');

/** A run of before the processor was measured says nothing of it. */
function inNode({ skip }: TestContext): NodeResult {
  skip(node === undefined, 'the kept run has no processor in it yet: npm run bench -- --keep --python');
  return node!;
}

const secondsOf = (contenders: readonly ContenderResult[], wanted: string) =>
  contenders.find(({ name }) => name === wanted)!.seconds.median;
const contendersOf = (results: typeof training, size: string) =>
  results.find(({ workload }) => workload.size === size)!.contenders;
const rlSeconds = (steps: readonly RlResult[], wanted: string) =>
  steps.find(({ preset, backend }) => preset === 'standard' && backend === wanted)!.seconds.median;

describe('on the processor, in the kept run', () => {
  /** Of jax-js's speed, in the page. */
  const keepsUp = (size: string, context: TestContext) => {
    inNode(context);
    const contenders = contendersOf(training, size);
    const share = secondsOf(contenders, 'jax-js (wasm)') / secondsOf(contenders, oursOnCpu);
    expect(share).toBeGreaterThanOrEqual(size === '5M' ? 0.9 : 1);
  };
  const passesPytorch = (size: string, context: TestContext) => {
    const { contenders, satOut } = inNode(context).training.find(({ workload }) => workload.size === size)!;
    const absent = satOut.find(({ name }) => name === pytorch);
    context.skip(absent !== undefined, `PyTorch sat out: ${absent?.why}`);
    expect(secondsOf(contenders, pytorch) / secondsOf(contenders, oursOnCpu)).toBeGreaterThanOrEqual(1);
  };

  it.for(['0.1M', '0.9M', '5M'])('training %s in the page is far ahead of WebGPU', (size, context) => {
    inNode(context);
    const contenders = contendersOf(training, size);
    expect(secondsOf(contenders, oursOnGpu) / secondsOf(contenders, oursOnCpu)).toBeGreaterThanOrEqual(4);
  });

  it.for(['0.1M', '0.9M'])('training %s in the page keeps up with jax-js', keepsUp);
  it.for(['0.1M', '0.9M'])('training %s in Node is at least as fast as PyTorch', passesPytorch);

  // What docs/performance.md says is not reached: one that is reached fails here, and then belongs above.
  it.fails('not yet: training 5M in the page keeps up with jax-js', (context) => keepsUp('5M', context));
  it.fails('not yet: training 5M in Node is at least as fast as PyTorch', (context) => passesPytorch('5M', context));
  it.fails.for(['0.9M', '5M'])(
    'not yet: training %s in Node is three times as fast as in the page',
    (size, context) => {
      const ours = secondsOf(contendersOf(inNode(context).training, size), oursOnCpu);
      expect(secondsOf(contendersOf(training, size), oursOnCpu) / ours).toBeGreaterThanOrEqual(3);
    },
  );

  it('generation in batches of 64 is ahead of its peers', (context) => {
    const [{ contenders: ofNode }] = inNode(context).generation;
    expect(secondsOf(ofNode, plainOnnx) / secondsOf(ofNode, oursOnCpu)).toBeGreaterThan(1);
    const { contenders } = generation.find(({ workload }) => workload.batch === 64)!;
    const peers = ['jax-js (wasm)', 'ONNX Runtime (wasm)'].map((name) => secondsOf(contenders, name));
    expect(Math.min(...peers) / secondsOf(contenders, oursOnCpu)).toBeGreaterThanOrEqual(1.5);
  });

  it('an RL step takes a third of what it takes on WebGPU, and in Node a sixth', (context) => {
    const { rl: ofNode } = inNode(context);
    const onGpu = rlSeconds(rl, oursOnGpu);
    expect(onGpu / rlSeconds(rl, oursOnCpu)).toBeGreaterThanOrEqual(3);
    expect(onGpu / rlSeconds(ofNode, oursOnCpu)).toBeGreaterThanOrEqual(6);
  });

  it('a prompt of SmolLM2-135M is read at 60% of the rate of one product alone', (context) => {
    const [prefill] = inNode(context).prefill;
    expect(prefillShare(prefill)).toBeGreaterThanOrEqual(0.6);
  });
});
