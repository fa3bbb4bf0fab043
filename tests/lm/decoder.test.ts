import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { UnsupportedModelError, type LlamaConfig } from '../../src/model/config';
import { GpuDecoder, type DecoderOptions } from '../../src/lm/decoder';
import { matrixShapes, paddedOutputs } from '../../src/lm/layout';
import { BatchError } from '../../src/model/requests';
import type { AgentState } from '../../src/model/state';
import { halved, plainVariants, type Variants } from '../../src/lm/variants';
import { streamKey, uniformAt } from '../../src/random/philox';
import { choose } from '../../src/random/sampling';
import type { GenerateOptions } from '../../src/model/agent';
import { generate, oracleState } from '../oracle/agent';
import { randomPrompts, trainedState } from '../oracle/batches';
import { relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { forward } from '../oracle/decoder';
import { end, openEngine, type Engine } from '../oracle/engine';
import { logitsAt } from '../oracle/losses';
import { logSumExp } from '../oracle/operations';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** Longer than what is read at once, and heads whose queries are served several at a time. */
const long: LlamaConfig = { ...tinyConfigs['tied, grouped-query'], max_position_embeddings: 200 };
const configs: Record<string, LlamaConfig> = { ...tinyConfigs, 'many positions': long };

async function open({ config, parameters }: AgentState, options: Partial<DecoderOptions> = {}): Promise<GpuDecoder> {
  const whole = { rules: { endTokens: [end] }, length: config.max_position_embeddings, slots: 12, ...options };
  await engine.gpu.prepare(GpuDecoder.kernels(config, whole));
  const decoder = new GpuDecoder(engine.gpu, config, whole);
  decoder.load(parameters);
  return decoder;
}

const lengths = [3, 12, 7, 7, 1, 20, 5, 9];
const options = (changes: Partial<GenerateOptions> = {}): GenerateOptions => {
  const whole: GenerateOptions = {
    maxNewTokens: 16,
    temperature: 1,
    draw: { seed: 11, stream: 'sampling', step: 3, rollouts: lengths.map((_, i) => 40 + i), phase: 1 },
    ...changes,
  };
  return { cache: whole.draw.rollouts, ...whole };
};

describe.each(Object.entries(configs))('%s', (_, config) => {
  const state = trainedState(config, 1);
  const model = oracleState(state);
  const most = config.max_position_embeddings;

  test('gives the reference’s logits of the next token, up to the last position', async () => {
    const decoder = await open(state);
    for (const ids of randomPrompts(config, 3, [1, 9, most - 1, most])) {
      const logits = await decoder.next(ids);
      expect(logits).toHaveLength(config.vocab_size);
      expect(relativeDifference(logits, logitsAt(forward(model, ids), ids.length - 1))).toBeLessThan(1e-4);
    }
  });

  test('its log-softmax is what a learning model scores', async () => {
    const [decoder, learning] = [await open(state), await engine.load(state)];
    const [ids] = randomPrompts(config, 4, [most]);
    const [{ logprobs }] = await learning.score([ids]);
    for (const [i, logprob] of logprobs.entries()) {
      const logits = Float64Array.from(await decoder.next(ids.slice(0, i + 1)));
      expect(logits[ids[i + 1]] - logSumExp(logits)).toBeCloseTo(logprob, 4);
    }
  });

  test('goes on from what it has read: one pass a token, and the bits of a decoder that reads anew', async () => {
    const decoder = await open(state);
    const [ids] = randomPrompts(config, 5, [most]);
    const other = [...ids.slice(0, 11), (ids[11] + 1) % config.vocab_size, ...ids.slice(12, 20)];
    const [from] = [most - 6];
    await decoder.next(ids.slice(0, from));
    expect(decoder.work.forward).toEqual({ tokens: from, rows: 1 });
    const { submits } = engine.gpu.counters;
    const appended: Float32Array[] = [];
    for (let n = from + 1; n <= most; n++) appended.push(await decoder.next(ids.slice(0, n)));
    expect(engine.gpu.counters.submits - submits).toBe(6);
    expect(decoder.work.forward).toEqual({ tokens: most, rows: 7 });
    // Nine tokens that differ behind eleven that do not.
    appended.push(await decoder.next(other));
    expect(decoder.work.forward).toEqual({ tokens: most + 9, rows: 8 });
    appended.push(await decoder.next(other));
    expect(decoder.work.forward).toEqual({ tokens: most + 10, rows: 9 });
    const sequences = [...Array.from({ length: 6 }, (_, i) => ids.slice(0, from + 1 + i)), other, other];
    for (const [i, sequence] of sequences.entries()) {
      expect(appended[i], `sequence ${i}`).toEqual(await (await open(state)).next(sequence));
    }
  });

  test('generates as a model that learns, bit for bit', async () => {
    const prompts = randomPrompts(config, 2, lengths);
    const probes = [{ after: prompts[0].at(-1)!, token: 3 }];
    const found = await (await open(state)).generate(prompts, options({ probes }));
    expect(found).toEqual(await (await engine.load(state)).generate(prompts, options({ probes })));
  });

  test.each([0, 0.7])(
    'drawn from its logits, the tokens are those it generates, at temperature %d',
    async (temperature) => {
      const decoder = await open(state);
      const prompts = randomPrompts(config, 2, lengths);
      const wanted = options({ temperature });
      const key = streamKey(wanted.draw.seed, wanted.draw.stream);
      const completions = await decoder.generate(prompts, wanted);
      let ties = 0;
      for (const [i, prompt] of prompts.entries()) {
        const ids = [...prompt];
        const logprobs: number[] = [];
        while (logprobs.length < wanted.maxNewTokens && (logprobs.length === 0 || ids.at(-1) !== end)) {
          const { step, rollouts, phase } = wanted.draw;
          const u = uniformAt(key, [step, rollouts[i], phase, logprobs.length]);
          const { token, logprob } = choose(await decoder.next(ids), temperature, u);
          ids.push(token);
          logprobs.push(logprob);
        }
        const at = completions[i].ids.findIndex((id, n) => id !== ids[n]);
        if (at >= 0) {
          // Sums in another precision may fall on the other side of a boundary (or of a tie) that lies this near.
          const { margins } = generate(model, prompt, i, { endTokens: [end] }, wanted);
          expect(margins[at - prompt.length], `prompt ${i}, token ${at}`).toBeLessThan(temperature === 0 ? 1e-3 : 1e-4);
          ties++;
          continue;
        }
        expect(completions[i].ids).toEqual(ids);
        logprobs.forEach((x, n) => expect(completions[i].logprobs[n]).toBeCloseTo(x, 4));
      }
      expect(ties).toBeLessThan(2);
    },
  );
});

describe('tokens and generations by turns', () => {
  const state = trainedState(long, 1);

  test('change nothing of each other', async () => {
    const decoder = await open(state);
    const prompts = randomPrompts(long, 2, lengths);
    const first = await decoder.generate(prompts, options());
    const [ids] = randomPrompts(long, 6, [70]);
    const logits = await decoder.next(ids);
    const revision = first.map(({ ids: made }, i) => [...made, 1, 2, ...prompts[i].slice(0, 4)]);
    const second = await decoder.generate(revision, options());
    expect(second).toEqual(await (await open(state)).generate(revision, options()));
    expect(await decoder.next(ids)).toEqual(logits);
    // What was just generated in the first slot is not read again.
    const alone = options({ draw: { ...options().draw, rollouts: [9] } });
    const [{ ids: made }] = await decoder.generate(prompts.slice(0, 1), alone);
    const { tokens } = decoder.work.forward;
    expect(await decoder.next(made)).toEqual(await (await open(state)).next(made));
    expect(decoder.work.forward.tokens - tokens).toBe(1);
  });

  test('are forgotten with the parameters', async () => {
    const decoder = await open(state);
    const [ids] = randomPrompts(long, 6, [20]);
    await decoder.next(ids);
    const other = trainedState(long, 2);
    decoder.load(other.parameters);
    expect(await decoder.next(ids)).toEqual(await (await open(other)).next(ids));
  });
});

describe('other kernels', () => {
  const config = tinyConfigs['tied, grouped-query'];
  const state = trainedState(config, 1);
  const prompts = randomPrompts(config, 2, lengths);
  const logits = async (variants: Variants) => {
    const decoder = await open(state, { variants });
    await decoder.generate(prompts, options());
    return await decoder.next(prompts[5]);
  };

  test('tokens in one dispatch leave the logits as they are', async () => {
    expect(await logits({ ...plainVariants, generation: 'single', generationFew: 'single' })).toEqual(
      await logits(plainVariants),
    );
  });

  test('parameters in f16: within 1e-2, and not the same', async ({ skip }) => {
    if (!engine.gpu.device.features.has('shader-f16')) skip('this adapter has no f16');
    const [found, plain] = [await logits(halved(plainVariants)), await logits(plainVariants)];
    expect(relativeDifference(found, plain)).toBeLessThan(1e-2);
    expect(found).not.toEqual(plain);
  });
});

describe('where no buffer may hold all matrices', () => {
  /** A head that fills a buffer to its end, so that it is handed over in two parts. */
  const base = { ...tinyConfigs['tied, grouped-query'], vocab_size: 301 };
  const untied: LlamaConfig = { ...base, tie_word_embeddings: false, num_hidden_layers: 3 };
  const room = { slots: 6, length: 40 };
  afterEach(() => vi.restoreAllMocks());

  const headBytes = (config: LlamaConfig) => {
    const [words, inputs] = matrixShapes(config).head;
    return 4 * paddedOutputs(words) * inputs;
  };

  /** A decoder under a limit, and how many buffers its matrices stand in. */
  async function openNarrow(state: AgentState, options: Partial<DecoderOptions>, bytes = headBytes(state.config)) {
    const limit = vi.spyOn(engine.gpu, 'largestBuffer', 'get').mockReturnValue(bytes);
    const made = vi.spyOn(engine.gpu, 'buffer');
    const decoder = await open(state, options);
    const shards = made.mock.calls.filter(([{ label }]) => label === 'transposed-weights').length;
    for (const mock of [limit, made]) mock.mockRestore();
    return { decoder, shards };
  }

  test.each([
    ['tied', base, 3],
    ['untied', untied, 3],
  ])('it computes what one in one buffer does, bit for bit, and the reference: %s', async (_, config, count) => {
    const state = trainedState(config, 1);
    const { decoder, shards } = await openNarrow(state, room);
    expect(shards).toBe(count);
    const whole = await open(state, room);
    const prompts = randomPrompts(config, 2, lengths);
    for (const some of [prompts, prompts.slice(0, 2)]) {
      const wanted = options({ draw: { ...options().draw, rollouts: some.map((_, i) => i) } });
      expect(await decoder.generate(some, wanted)).toEqual(await whole.generate(some, wanted));
    }
    const model = oracleState(state);
    const [ids] = randomPrompts(config, 6, [room.length]);
    for (let n = 30; n <= ids.length; n++) {
      const logits = await decoder.next(ids.slice(0, n));
      expect(logits).toEqual(await whole.next(ids.slice(0, n)));
      expect(relativeDifference(logits, logitsAt(forward(model, ids.slice(0, n)), n - 1))).toBeLessThan(1e-4);
    }
    const other = trainedState(config, 2);
    decoder.load(other.parameters);
    const found = await decoder.next(ids);
    expect(relativeDifference(found, logitsAt(forward(oracleState(other), ids), ids.length - 1))).toBeLessThan(1e-4);
  });

  test('tokens are not made in one dispatch, which reads one buffer', async () => {
    const config = tinyConfigs['tied, grouped-query'];
    const state = trainedState(config, 1);
    const variants: Variants = { ...plainVariants, generation: 'single', generationFew: 'single' };
    const prompts = randomPrompts(config, 2, lengths);
    const generating = async (decoder: GpuDecoder) => {
      const before = engine.gpu.counters.dispatches;
      const completions = await decoder.generate(prompts, options());
      return { completions, dispatches: engine.gpu.counters.dispatches - before };
    };
    // Room for one sequence: the cache of all layers stays in one buffer, as the dispatch asks for too.
    const narrow = await openNarrow(state, { slots: 1, variants }, 24_000);
    expect(narrow.shards).toBe(3);
    const [found, expected] = [
      await generating(narrow.decoder),
      await generating(await open(state, { slots: 1, variants })),
    ];
    expect(found.completions).toEqual(expected.completions);
    expect(found.dispatches).toBeGreaterThan(5 * expected.dispatches);
  });

  test('parameters in f16 stand in fewer buffers', async ({ skip }) => {
    if (!engine.gpu.device.features.has('shader-f16')) skip('this adapter has no f16');
    const state = trainedState(untied, 1);
    const variants = halved(plainVariants);
    const { decoder, shards } = await openNarrow(state, { ...room, variants });
    expect(shards).toBe(2);
    const [ids] = randomPrompts(untied, 6, [room.length]);
    expect(await decoder.next(ids)).toEqual(await (await open(state, { ...room, variants })).next(ids));
  });
});

describe('refusals', () => {
  const state = trainedState(long, 1);

  test('what cannot be read, or is longer than planned', async () => {
    const decoder = await open(state, { length: 30 });
    const [ids] = randomPrompts(long, 6, [31]);
    const logits = await decoder.next(ids.slice(0, 30));
    await expect(decoder.next([])).rejects.toThrow(/empty/);
    await expect(decoder.next([1, long.vocab_size])).rejects.toThrow(BatchError);
    await expect(decoder.next(ids)).rejects.toThrow(/31 tokens and the model reads 30/);
    await expect(
      decoder.generate([ids.slice(0, 20)], options({ draw: { ...options().draw, rollouts: [0] } })),
    ).rejects.toThrow(/fit the planned 30/);
    expect(await decoder.next(ids.slice(0, 30))).toEqual(logits);
  });

  test('a call while another is at work', async () => {
    const decoder = await open(state);
    const first = decoder.next([1, 2]);
    await expect(decoder.next([1, 2])).rejects.toThrow(/Await/);
    await expect(first).resolves.toHaveLength(long.vocab_size);
  });

  test('parameters of another shape', async () => {
    const decoder = await open(state);
    expect(() => decoder.load(state.parameters.slice(1))).toThrow(UnsupportedModelError);
  });
});
