/** A real chat model on the GPU, whose matrices few software adapters bind at once, against what transformers says of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDecoder } from '../../src/lm/backend/open-decoder';
import { logitDifference, missing, readSmolLM2, smolLM2Golden } from '../oracle/smollm2';
import { openEngine, type Engine } from '../oracle/engine';
import { untuned } from '../oracle/shipped-models';

const NEW_TOKENS = 8;
/** A software adapter shares the cores with others. */
const patience = 600_000;

describe.skipIf(missing !== null)(`SmolLM2-135M-Instruct${missing === null ? '' : ` (${missing})`}`, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
  });
  afterAll(() => engine.close());

  it(
    'has the logits of transformers behind a conversation, and its answer',
    { timeout: patience },
    async ({ annotate }) => {
      const { chat } = smolLM2Golden();
      const [shortest] = chat.toSorted((a, b) => a.ids.length - b.ids.length);
      const { ids, greedy_ids } = shortest;
      const model = await readSmolLM2();
      const room = { length: ids.length + NEW_TOKENS, advice: String };
      const seconds: number[] = [];
      const timed = async <Result>(work: Promise<Result>): Promise<Result> => {
        const begun = performance.now();
        const result = await work;
        seconds.push((performance.now() - begun) / 1000);
        return result;
      };
      const { decoder } = await timed(openDecoder(engine.gpu, model, room, { rules: { endTokens: [2] } }, untuned));
      expect(logitDifference(await timed(decoder.next(ids)), shortest)).toBeLessThan(5e-3);
      const draw = { seed: 1, stream: 'sampling', step: 0, rollouts: [0], phase: 0 } as const;
      const options = { maxNewTokens: NEW_TOKENS, temperature: 0, draw };
      const [completion] = await timed(decoder.generate([ids], options));
      expect(completion.ids.slice(ids.length)).toEqual(greedy_ids.slice(0, NEW_TOKENS));
      const [opened, read, wrote] = seconds.map((time) => time.toFixed(1));
      await annotate(
        `opened in ${opened} s; read ${ids.length} tokens in ${read} s, and wrote ${NEW_TOKENS} in ${wrote} s`,
      );
      await annotate(
        `${Math.round(engine.gpu.bytes / 2 ** 20)} MiB on the GPU, ${Math.round(engine.gpu.peakBytes / 2 ** 20)} at most`,
      );
    },
  );
});
