/** A real chat model on the processor, against what transformers says of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDecoder } from '../../src/model/backend';
import { scoreByToken } from '../../src/model/score-by-token';
import { logitDifference, missing, readSmolLM2, smolLM2Golden } from '../oracle/smollm2';
import { openCpu } from './open';

describe.skipIf(missing !== null)(`SmolLM2-135M-Instruct${missing === null ? '' : ` (${missing})`}`, () => {
  const golden = missing === null ? smolLM2Golden() : null!;
  let decoder: OpenedDecoder['decoder'];
  const backend = openCpu(undefined, { mostBytes: 2 ** 32 });
  beforeAll(async () => {
    const room = { length: 256, slots: 4, advice: String };
    ({ decoder } = await backend.openDecoder(await readSmolLM2(), room, { rules: { endTokens: [2] } }));
  }, 60_000);
  afterAll(() => backend.close());

  it('has the logits of transformers behind a conversation', { timeout: 60_000 }, async () => {
    for (const chat of golden.chat) expect(logitDifference(await decoder.next(chat.ids), chat)).toBeLessThan(5e-3);
  });

  it('answers greedily as it does, each alone and all together', { timeout: 60_000 }, async () => {
    const prompts = golden.chat.map(({ ids }) => ids);
    const written = golden.chat.map(({ greedy_ids }) => greedy_ids);
    const newTokens = Math.max(...written.map(({ length }) => length));
    const answers = async (of: readonly number[]) => {
      const draw = { seed: 1, stream: 'sampling', step: 0, rollouts: of, phase: 0 } as const;
      const options = { maxNewTokens: newTokens, temperature: 0, draw };
      const completions = await decoder.generate(
        of.map((i) => prompts[i]),
        options,
      );
      return completions.map(({ ids }, i) => ids.slice(prompts[of[i]].length));
    };
    const together = await answers(prompts.map((_, i) => i));
    expect(together).toEqual(written);
    for (const [i, one] of written.entries()) expect(await answers([i])).toEqual([one]);
  });

  it('finds a text as likely', { timeout: 60_000 }, async () => {
    const { ids, logprobs } = golden.score;
    const scored = await scoreByToken(decoder, ids);
    expect(scored).toHaveLength(logprobs.length);
    scored.forEach((logprob, i) => expect(Math.abs(logprob - logprobs[i])).toBeLessThan(2e-4));
  });
});
