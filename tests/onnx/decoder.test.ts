import ort, { type InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { OnnxGraph } from '../../src/checkpoint/onnx-graph';
import { GpuDecoder } from '../../src/lm/decoder';
import { BatchError } from '../../src/model/requests';
import { OnnxDecoder, OnnxLayoutError, type Runtime } from '../../src/onnx/decoder';
import { Random } from '../../src/random/philox';
import type { GenerateOptions } from '../../src/model/agent';
import { randomState } from '../oracle/agent';
import { randomPrompts } from '../oracle/batches';
import { relativeDifference } from '../oracle/compare';
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
    OnnxDecoder.open(ort, writeOnnx(state, { precision }), { config, rules: { endTokens: [end] } });
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

  it.each([
    ['f32', 1e-4],
    ['f16', 1e-2],
  ] as const)('gives the engine’s logits of the next token, in %s within %d', async (precision, tolerance) => {
    const decoder = await open(precision);
    const whole = { rules: { endTokens: [end] }, length: config.max_position_embeddings };
    await engine.gpu.prepare(GpuDecoder.kernels(config, whole));
    const ours = new GpuDecoder(engine.gpu, config, whole);
    ours.load(state.parameters);
    const [ids] = randomPrompts(config, 4, [config.max_position_embeddings]);
    for (let length = 5; length <= ids.length; length++) {
      const [found, expected] = [await decoder.next(ids.slice(0, length)), await ours.next(ids.slice(0, length))];
      expect(found).toHaveLength(config.vocab_size);
      expect(relativeDifference(found, expected), `token ${length}`).toBeLessThan(tolerance);
    }
    await decoder.dispose();
  });

  it('gives a sequence the same tokens alone and in a batch, in half precision too', async () => {
    const decoder = await open('f16');
    const of = (...rollouts: number[]) => ({ ...options(0), probes: [], draw: { ...options(0).draw, rollouts } });
    const together = await decoder.generate(prompts.slice(0, 2), of(0, 7));
    const [alone] = await decoder.generate([prompts[0]], of(0));
    expect(together[0].ids).toEqual(alone.ids);
    await decoder.dispose();
  });
});

describe('reading token by token', () => {
  const config = tinyConfigs['tied, grouped-query'];
  const random = new Random(2, 'weights');
  const state = randomState(config, () => random.uniform(), 0.2);
  const model = { config, rules: { endTokens: [end] } };
  const [ids] = randomPrompts(config, 4, [30]);
  const other = [...ids.slice(0, 9), (ids[9] + 1) % config.vocab_size];

  /** A decoder, and how many tokens each of its runs read. */
  async function open() {
    const read: number[] = [];
    const create: Runtime['InferenceSession']['create'] = async (file, options) => {
      const session = await ort.InferenceSession.create(file, options);
      const run = session.run.bind(session);
      vi.spyOn(session, 'run').mockImplementation((feeds: InferenceSession.FeedsType) => {
        read.push(feeds.input_ids.dims[1]);
        return run(feeds);
      });
      return session;
    };
    const runtime = { InferenceSession: { create }, Tensor: ort.Tensor };
    return { read, decoder: await OnnxDecoder.open(runtime, writeOnnx(state, { precision: 'f32' }), model) };
  }

  it('goes on from what it has read, and starts anew elsewhere', async () => {
    const { read, decoder } = await open();
    const sequences = [ids.slice(0, 20), ids.slice(0, 21), ids.slice(0, 24), other, ids.slice(0, 9), ids.slice(0, 9)];
    const found = [];
    for (const sequence of sequences) {
      found.push(await decoder.next(sequence));
      // A generation between is no hindrance.
      const draw = { seed: 1, stream: 'sampling', step: 0, rollouts: [0], phase: 0 } as const;
      await decoder.generate([other], { maxNewTokens: 1, temperature: 0, draw });
    }
    expect(read.filter((_, i) => i % 2 === 0)).toEqual([20, 1, 3, 10, 9, 9]);
    for (const [i, sequence] of sequences.entries()) {
      const { decoder: fresh } = await open();
      expect(relativeDifference(found[i], await fresh.next(sequence)), `sequence ${i}`).toBeLessThan(1e-5);
    }
  });

  it('refuses what the engine refuses, and goes on', async () => {
    const { read, decoder } = await open();
    const logits = await decoder.next(ids);
    const options = (rollouts: number[]): GenerateOptions => ({
      ...{ maxNewTokens: 40, temperature: 0 },
      draw: { seed: 1, stream: 'sampling', step: 0, rollouts, phase: 0 },
    });
    await expect(decoder.next([])).rejects.toThrow(/empty/);
    await expect(decoder.next([config.vocab_size])).rejects.toThrow(BatchError);
    await expect(decoder.next(new Array<number>(config.max_position_embeddings + 1).fill(1))).rejects.toThrow(
      /Shorten/,
    );
    await expect(decoder.generate([ids], options([0]))).rejects.toThrow(/30 tokens and 40 new ones/);
    await expect(decoder.generate([ids, other], options([0]))).rejects.toThrow(/rollout/);
    const first = decoder.next([...ids, 1]);
    await expect(decoder.next(ids)).rejects.toThrow(/Await/);
    await first;
    expect(read).toEqual([30, 1]);
    expect(await decoder.next(ids)).toEqual(logits);
  });
});

it('refuses a graph that is no decoder with a cache', async () => {
  const graph = new OnnxGraph('identity');
  graph.input('x', 'f32', ['n']);
  graph.output('y', 'f32', ['n']);
  graph.cast('y', 'x', 'f32');
  const model = { config: tinyConfigs['tied, grouped-query'], rules: { endTokens: [1] } };
  await expect(OnnxDecoder.open(ort, graph.encode(), model)).rejects.toThrow(OnnxLayoutError);
});
