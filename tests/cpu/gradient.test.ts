import ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { CpuBackend } from '../../src/cpu/cpu-backend';
import { initialState } from '../../src/model/init';
import { sizedConfig } from '../../src/model/sizes';

/** The gradient of a step over few different tokens, many times each, computed by so many threads. */
async function gradients(intraOpNumThreads: number, times: number): Promise<Float32Array[]> {
  const start = initialState(sizedConfig({ hidden: 128, layers: 1, heads: 4, inner: 32 }, 16, 128), 1, 0);
  const backend = new CpuBackend({
    ...{ runtime: ort, session: { intraOpNumThreads }, description: 'processor', build: 'test', mostBytes: 2 ** 30 },
  });
  const training = { tokens: 2048, sequences: 16 };
  const capacity = { length: 128, training, generation: null, advice: () => '' };
  const { models } = await backend.open({ only: start }, capacity, { rules: { endTokens: [] } });
  const sequences = Array.from({ length: 16 }, (_, s) => Array.from({ length: 128 }, (_, i) => (i * s) % 3));
  const examples = sequences.map((ids) => ({ ids, weights: ids.map(() => 1) }));
  const made: Float32Array[] = [];
  for (let i = 0; i < times; i++) {
    models.only.load(start);
    await models.only.supervise(examples, { learningRate: 0, gradientClip: 1 });
    made.push(models.only.gradient.slice());
  }
  backend.close();
  return made;
}

test('tokens that come many times lose nothing of their gradient to another thread', async () => {
  const [alone] = await gradients(1, 1);
  const together = await gradients(4, 6);
  const most = alone.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (const one of together) {
    expect(one).toEqual(together[0]);
    expect(Math.max(...one.map((value, i) => Math.abs(value - alone[i])))).toBeLessThan(1e-4 * most);
  }
});
