import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GpuDecoder } from '../../src/lm/decoder';
import { likeliest } from '../../src/random/sampling';
import { relativeDifference } from '../oracle/compare';
import { logitsAt } from '../oracle/losses';
import { forward } from '../oracle/decoder';
import { greedy } from '../oracle/sampling';
import { oracleState } from '../oracle/agent';
import { end, openEngine, type Engine } from '../oracle/engine';
import { readStories, storiesAreHere } from '../oracle/stories';

describe.skipIf(!storiesAreHere)('the engine on a trained checkpoint', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
  });
  afterAll(() => engine.close());

  test('log-probabilities are those on file', async () => {
    const { state, golden } = await readStories();
    const model = await engine.load(state);
    const scores = await model.score(golden.logits.map(({ ids }) => ids));
    golden.logits.forEach(({ token_logprobs }, s) => {
      expect(scores[s].logprobs).toHaveLength(token_logprobs.length);
      for (const [n, logprob] of token_logprobs.entries()) {
        expect(Math.abs(scores[s].logprobs[n] - logprob), `token ${n + 1}`).toBeLessThan(1e-4);
      }
    });
  });

  test('logits and greedy tokens are those on file, token by token', async () => {
    const { state, golden } = await readStories();
    const { config, parameters } = state;
    const options = { rules: { endTokens: [end] }, length: config.max_position_embeddings };
    await engine.gpu.prepare(GpuDecoder.kernels(config, options));
    const decoder = new GpuDecoder(engine.gpu, config, options);
    decoder.load(parameters);
    for (const { ids, last_logits } of golden.logits) {
      expect(relativeDifference(await decoder.next(ids), last_logits)).toBeLessThan(1e-3);
    }
    let ties = 0;
    for (const { prompt_ids, ids } of golden.greedy) {
      for (let length = prompt_ids.length; length < ids.length; length++) {
        const [best, second] = likeliest(await decoder.next(ids.slice(0, length)), 2);
        if (best.token === ids[length]) continue;
        // Probabilities whose logarithms are this near come from such logits.
        expect(Math.log(best.probability / second.probability), `token ${length}`).toBeLessThan(1e-3);
        ties++;
      }
    }
    expect(ties).toBeLessThan(2);
  });

  test('greedy continuations are those on file', async () => {
    const { state, golden } = await readStories();
    const model = await engine.load(state);
    const completions = await model.generate(
      golden.greedy.map(({ prompt_ids }) => prompt_ids),
      {
        maxNewTokens: Math.max(...golden.greedy.map(({ ids, prompt_ids }) => ids.length - prompt_ids.length)),
        temperature: 0,
        draw: { seed: 0, stream: 'evaluation', step: 0, rollouts: golden.greedy.map((_, i) => i), phase: 0 },
      },
    );
    let ties = 0;
    for (const [i, { ids }] of golden.greedy.entries()) {
      const at = ids.findIndex((id, n) => completions[i].ids[n] !== id);
      if (at < 0) continue;
      ties++;
      const { margin } = greedy(logitsAt(forward(oracleState(state), ids.slice(0, at)), at - 1));
      expect(margin, `continuation ${i}, token ${at}`).toBeLessThan(1e-3);
    }
    expect(ties).toBeLessThan(2);
  });
});
