/** A real chat model on the processor, against what transformers says of it. */
import { openAsBlob } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobSource } from '../../src/checkpoint/byte-source';
import { readGguf } from '../../src/checkpoint/gguf/read-gguf';
import type { OpenedDecoder } from '../../src/model/backend';
import { scoreByToken } from '../../src/model/score-by-token';
import { missing, smolLM2Golden, smolLM2Path } from '../oracle/smollm2';
import { openCpu } from './open';

describe.skipIf(missing !== null)(`SmolLM2-135M-Instruct${missing === null ? '' : ` (${missing})`}`, () => {
  const golden = missing === null ? smolLM2Golden() : null!;
  let decoder: OpenedDecoder['decoder'];
  const backend = openCpu(undefined, { mostBytes: 2 ** 32 });
  beforeAll(async () => {
    const { config, parameters } = (await readGguf(blobSource(await openAsBlob(smolLM2Path())), 'SmolLM2')).guest;
    const room = { length: 256, slots: 4, advice: String };
    ({ decoder } = await backend.openDecoder({ config, parameters: parameters! }, room, {
      rules: { endTokens: [2] },
    }));
  }, 60_000);
  afterAll(() => backend.close());

  it('has the logits of transformers behind a conversation', { timeout: 60_000 }, async () => {
    for (const { ids, last_logits_at: at, last_logits_top: top } of golden.chat) {
      const logits = await decoder.next(ids);
      for (const { ids: tokens, values } of [at, top]) {
        for (const [i, token] of tokens.entries()) expect(Math.abs(logits[token] - values[i])).toBeLessThan(5e-3);
      }
    }
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
