import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { OnnxGraph } from '../../src/checkpoint/onnx-graph';
import { OnnxDecoder, OnnxLayoutError } from '../../src/onnx/decoder';
import { choose, probability } from '../../src/onnx/sampling';
import { Random } from '../../src/random/philox';
import type { GenerateOptions } from '../../src/waltz/agent';
import { randomState } from '../oracle/agent';
import { randomPrompts } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { end, openEngine, type Engine } from '../oracle/engine';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
  const random = new Random(2, 'weights');
  const state = randomState(config, () => random.uniform(), 0.2);
  const prompts = randomPrompts(config, 3, [5, 1, 9, 4, 4, 12, 2, 7]);
  const open = (precision: 'f32' | 'f16') =>
    OnnxDecoder.open(ort, writeOnnx(state, { precision }), { config, endToken: end });
  const options = (temperature: number): GenerateOptions => ({
    ...{ maxNewTokens: 10, temperature, probes: prompts.slice(0, 2).map((ids) => ({ after: ids.at(-1)!, token: 3 })) },
    draw: { seed: 4, stream: 'sampling', step: 2, rollouts: prompts.map((_, i) => 7 * i), phase: 1 },
  });

  it.each([0, 0.7, 1])('continues as the engine does with the same draws, at temperature %s', async (temperature) => {
    const decoder = await open('f32');
    const found = await decoder.generate(prompts, options(temperature));
    const expected = await (await engine.load(state)).generate(prompts, options(temperature));
    // A draw that falls on a boundary of the distribution may go either way.
    const same = found.filter(({ ids }, i) => ids.join() === expected[i].ids.join());
    expect(same.length).toBeGreaterThanOrEqual(prompts.length - 1);
    found.forEach(({ ids, logprobs, probes }, i) => {
      if (ids.join() !== expected[i].ids.join()) return;
      logprobs.forEach((x, n) => expect(Math.abs(x - expected[i].logprobs[n])).toBeLessThan(1e-4));
      probes.forEach((x, n) => {
        const wanted = expected[i].probes[n];
        if (Number.isNaN(wanted)) expect(x).toBeNaN();
        else expect(Math.abs(x - wanted)).toBeLessThan(1e-4);
      });
    });
    await decoder.dispose();
  });

  it('gives a sequence the same tokens alone and in a batch, in half precision too', async () => {
    const decoder = await open('f16');
    const together = await decoder.generate(prompts.slice(0, 2), { ...options(0), probes: [] });
    const draw = { ...options(0).draw, rollouts: [0] };
    const [alone] = await decoder.generate([prompts[0]], { ...options(0), draw, probes: [] });
    expect(together[0].ids).toEqual(alone.ids);
    await decoder.dispose();
  });
});

describe('a draw', () => {
  const logits = Float32Array.from([0, Math.log(2), -Infinity, Math.log(1)]);

  it('is the likeliest at temperature 0, the lowest id among equals', () => {
    expect(choose(logits, 0, 0.99)).toEqual({ token: 1, logprob: expect.closeTo(Math.log(0.5), 6) as number });
    expect(choose(Float32Array.from([1, 1]), 0, 0).token).toBe(0);
  });

  it('inverts the cumulative distribution over the vocabulary in order', () => {
    expect([0, 0.2, 0.26, 0.74, 0.76, 0.999].map((u) => choose(logits, 1, u).token)).toEqual([0, 0, 1, 1, 3, 3]);
    expect(choose(logits, 1, 0.8).logprob).toBeCloseTo(Math.log(0.25), 6);
    // Colder, it is surer; what is told of the token is at temperature 1.
    expect(choose(logits, 0.5, 0.2)).toEqual({ token: 1, logprob: expect.closeTo(Math.log(0.5), 6) as number });
    expect(probability(logits, 1)).toBeCloseTo(0.5, 6);
  });
});

it('refuses a graph that is no decoder with a cache', async () => {
  const graph = new OnnxGraph('identity');
  graph.input('x', 'f32', ['n']);
  graph.output('y', 'f32', ['n']);
  graph.cast('y', 'x', 'f32');
  const model = { config: tinyConfigs['tied, grouped-query'], endToken: 1 };
  await expect(OnnxDecoder.open(ort, graph.encode(), model)).rejects.toThrow(OnnxLayoutError);
});
