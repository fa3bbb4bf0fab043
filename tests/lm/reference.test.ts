import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LlamaConfig } from '../../src/lm/config';
import { parameterLayout } from '../../src/lm/layout';
import { forward, tensors, type Model } from '../oracle/decoder';
import { logitsAt, tokenLogprobs } from '../oracle/losses';
import { readTensors } from '../oracle/safetensors';
import { greedy } from '../oracle/sampling';

/** A trained public checkpoint with numbers computed elsewhere; it lies beside the repository, not in it. */
const folder = new URL('../../../shared/models/stories260k/', import.meta.url).pathname;

interface Golden {
  greedy: { prompt_ids: number[]; ids: number[] }[];
  logits: { ids: number[]; last_logits: number[]; token_logprobs: number[] }[];
}

describe.skipIf(!existsSync(folder))('the double-precision decoder on a trained checkpoint', () => {
  const load = (): { model: Model; golden: Golden } => {
    const config = JSON.parse(readFileSync(`${folder}config.json`, 'utf8')) as LlamaConfig;
    const layout = parameterLayout(config);
    const parameters = new Float64Array(layout.size);
    const file = readTensors(`${folder}model.safetensors`);
    const place = tensors(layout, parameters);
    for (const { name } of layout.tensors) place(name).set(file.get(name) ?? []);
    return {
      model: { config, layout, parameters },
      golden: JSON.parse(readFileSync(`${folder}golden.json`, 'utf8')) as Golden,
    };
  };

  test('logits and log-probabilities are those on file', () => {
    const { model, golden } = load();
    const largestDifference = (a: ArrayLike<number>, b: number[]) => Math.max(...b.map((x, i) => Math.abs(a[i] - x)));
    const rounding = 0.51e-6; // the file has six decimals
    for (const { ids, last_logits, token_logprobs } of golden.logits) {
      const trace = forward(model, ids);
      expect(largestDifference(logitsAt(trace, ids.length - 1), last_logits)).toBeLessThan(rounding);
      expect(largestDifference(tokenLogprobs(trace).slice(1), token_logprobs)).toBeLessThan(rounding);
    }
  });

  test('greedy continuations are those on file', () => {
    const { model, golden } = load();
    for (const { prompt_ids, ids } of golden.greedy) {
      const trace = forward(model, ids);
      const continued = ids
        .slice(prompt_ids.length)
        .map((_, n) => greedy(logitsAt(trace, prompt_ids.length - 1 + n)).token);
      expect(continued).toEqual(ids.slice(prompt_ids.length));
    }
  });
});
