import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LanguageModel } from '../../src/lm/language-model';
import type { LlamaConfig } from '../../src/model/config';
import { sizedConfig, sizes } from '../../src/model/sizes';
import { Random } from '../../src/random/philox';
import type { Completion } from '../../src/model/agent';
import { randomState } from '../oracle/agent';
import { randomPrompts } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { end, openEngine, type Engine } from '../oracle/engine';
import { OnnxDecoder } from '../oracle/onnx';
import { logSumExp } from '../oracle/operations';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const configs: Record<string, LlamaConfig> = { ...tinyConfigs, '0.9M': sizedConfig(sizes['0.9M'], 400, 64) };
const NEW_TOKENS = 12;
/** Where the two best logits lie nearer than this, either may be taken. */
const TIE = 1e-3;

function stateOf(config: LlamaConfig) {
  const random = new Random(2, 'weights');
  return randomState(config, () => random.uniform(), config.hidden_size > 64 ? 0.08 : 0.2);
}

/** An exported decoder and the engine are the same model. */
describe.each(Object.entries(configs))('%s', (_, config) => {
  const state = stateOf(config);
  const lengths = Array.from({ length: 64 }, (_, i) => 1 + ((5 * i) % 13));
  const prompts = randomPrompts(config, 3, lengths);
  let decoder: OnnxDecoder;
  let model: LanguageModel;
  let expected: Completion[];
  beforeAll(async () => {
    decoder = await OnnxDecoder.open(state);
    model = await engine.load(state);
    const draw = { seed: 1, stream: 'evaluation', step: 0, rollouts: prompts.map((_, i) => i), phase: 0 } as const;
    expected = await model.generate(prompts, { maxNewTokens: NEW_TOKENS, temperature: 0, draw });
  });

  test('gives the engine’s log-probabilities', async () => {
    const sequences = randomPrompts(config, 1, [20, 3, 11, 30, 2]);
    const scored = await model.score(sequences);
    const logits = await decoder.batch().read(sequences);
    sequences.forEach((ids, s) => {
      const logprobs = ids.slice(1).map((id, i) => logits[s][i][id] - logSumExp(logits[s][i]));
      expect(scored[s].logprobs).toHaveLength(logprobs.length);
      logprobs.forEach((x, i) => expect(Math.abs(x - scored[s].logprobs[i])).toBeLessThan(1e-4));
    });
  });

  test.each([
    { batch: 1, cache: true },
    { batch: 8, cache: true },
    { batch: 1, cache: false },
    { batch: 8, cache: false },
  ])('continues 64 prompts with the engine’s tokens, batch $batch, cache $cache', async ({ batch, cache }) => {
    let ties = 0;
    for (let first = 0; first < prompts.length; first += batch) {
      const rows = await decoder.generate(prompts.slice(first, first + batch), NEW_TOKENS, { cache });
      rows.forEach(({ ids, logprobs, margins }, r) => {
        const of = `prompt ${first + r}`;
        const { length } = prompts[first + r];
        const wanted = expected[first + r];
        // The engine ends at the end token.
        expect(wanted.ids.length === length + NEW_TOKENS || wanted.ids.at(-1) === end, of).toBe(true);
        const parting = wanted.ids.findIndex((id, i) => id !== ids[i]);
        if (parting >= 0) {
          expect(margins[parting - length], of).toBeLessThan(TIE);
          ties++;
          return;
        }
        wanted.logprobs.forEach((x, n) => expect(Math.abs(x - logprobs[n]), of).toBeLessThan(1e-4));
      });
    }
    expect(ties).toBeLessThan(4);
  });
});
