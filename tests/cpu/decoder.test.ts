import ort, { type Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CpuDecoder } from '../../src/cpu/cpu-decoder';
import type { Runtime } from '../../src/onnx/decoder';
import { oracleState } from '../oracle/agent';
import { randomPrompts, trainedState } from '../oracle/batches';
import { relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { forward } from '../oracle/decoder';
import { logitsAt } from '../oracle/losses';
import { end, openCpu, openModel } from './open';

const rules = { endTokens: [end], suppressTokens: [3] };

describe.each(Object.entries(tinyConfigs))('a decoder with its weights in the session, %s', (_, config) => {
  const state = trainedState(config, 1);
  let decoder: CpuDecoder;
  /** Tokens that each run of the session read. */
  const read: number[] = [];
  beforeAll(async () => {
    const create: Runtime['InferenceSession']['create'] = async (...of) => {
      const session = await ort.InferenceSession.create(...of);
      const run = session.run.bind(session) as (...of: unknown[]) => ReturnType<typeof session.run>;
      session.run = async (...of: unknown[]) => {
        read.push((of[0] as Record<string, Tensor>).ids.dims[0]);
        return await run(...of);
      };
      return session;
    };
    const runtime = { Tensor: ort.Tensor, InferenceSession: { create } };
    decoder = await CpuDecoder.open(runtime, state, { rules, slots: 3, session: { intraOpNumThreads: 2 } });
  });
  afterAll(() => decoder.dispose());

  const expectRight = async (ids: readonly number[]) => {
    const expected = logitsAt(forward(oracleState(state), ids), ids.length - 1);
    expect(relativeDifference(await decoder.next(ids), expected)).toBeLessThan(1e-5);
  };

  it('reads on from what it read, and from where a text parts from it', async () => {
    const [text, other] = randomPrompts(config, 8, [24, 24]);
    read.length = 0;
    await expectRight(text.slice(0, 9));
    await expectRight(text.slice(0, 10));
    await expectRight(text.slice(0, 17));
    // Again, shorter, another end, another text, a longer one in one go.
    await expectRight(text.slice(0, 17));
    await expectRight(text.slice(0, 6));
    await expectRight([...text.slice(0, 5), (text[5] + 1) % config.vocab_size, ...other.slice(0, 4)]);
    const another = [(text[0] + 1) % config.vocab_size, ...other];
    await expectRight(another);
    expect(read).toEqual([9, 1, 7, 1, 1, 5, 25]);
  });

  it('writes what the model that learns writes, before and after it read something', async () => {
    const backend = openCpu();
    const model = await openModel(backend, state, { rules, slots: 8 });
    const prompts = randomPrompts(config, 2, [3, 12, 7, 1, 9]);
    const rollouts = prompts.map((_, i) => 40 + i);
    const draw = { seed: 11, stream: 'sampling', step: 3, rollouts, phase: 1 } as const;
    for (const temperature of [0, 1]) {
      const options = { maxNewTokens: 12, temperature, draw, probes: [{ after: prompts[0][2], token: 7 }] };
      const expected = await model.generate(prompts, options);
      const written = await decoder.generate(prompts, options);
      expect(written.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids));
      written.forEach(({ logprobs, probes }, i) => {
        logprobs.forEach((logprob, n) => expect(logprob).toBeCloseTo(expected[i].logprobs[n], 4));
        expect(probes[0]).toEqual(
          Number.isNaN(expected[i].probes[0]) ? NaN : (expect.closeTo(expected[i].probes[0], 5) as number),
        );
      });
      await expectRight(prompts[1]);
    }
    backend.close();
  });
});
