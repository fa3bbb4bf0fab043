import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import type { Guest } from '../../src/checkpoint/guest';
import { readGuest } from '../../src/checkpoint/guest-files';
import { tokenRules } from '../../src/checkpoint/guest-rules';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { GpuDecoder } from '../../src/lm/decoder';
import type { Agent, GenerateOptions, TokenDecoder } from '../../src/model/agent';
import { OnnxDecoder } from '../../src/onnx/decoder';
import { openEngine, type Engine } from '../oracle/engine';
import { computed, referenceFiles, type Reference } from '../reference/models';

const TOLERANCE = 2e-3;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

type Decoder = TokenDecoder & Pick<Agent, 'generate'>;

async function onEngine(guest: Guest): Promise<Decoder> {
  const options = { rules: tokenRules(guest), length: 64, newTokens: 16, slots: 3 };
  await engine.gpu.prepare(GpuDecoder.kernels(guest.config, options));
  const decoder = new GpuDecoder(engine.gpu, guest.config, options);
  decoder.load(guest.parameters!);
  return decoder;
}

function inRuntime(guest: Guest): Promise<Decoder> {
  const { config, parameters } = guest;
  const file = writeOnnx({ config, parameters: parameters! }, { precision: 'f32' });
  return OnnxDecoder.open(ort, file, { config, rules: tokenRules(guest) });
}

function logSoftmax(logits: readonly number[] | Float32Array): number[] {
  const values = [...logits];
  const top = Math.max(...values);
  const total = Math.log(values.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  return values.map((logit) => logit - top - total);
}

async function compare(decoder: Decoder, { texts }: Reference): Promise<void> {
  const options: GenerateOptions = {
    ...{ maxNewTokens: 16, temperature: 0 },
    draw: { seed: 0, stream: 'evaluation', step: 0, phase: 0, rollouts: texts.map((_, i) => i) },
  };
  const prompts = texts.map(({ prompt_ids }) => prompt_ids);
  const completions = await decoder.generate(prompts, options);
  for (const [i, { prompt_ids, ids, token_logprobs, last_logits }] of texts.entries()) {
    expect(completions[i].ids).toEqual(ids);
    token_logprobs.slice(prompt_ids.length - 1).forEach((logprob, n) => {
      expect(Math.abs(completions[i].logprobs[n] - logprob), `token ${n}`).toBeLessThan(TOLERANCE);
    });
    const expected = logSoftmax(last_logits);
    logSoftmax(await decoder.next(ids)).forEach((logprob, id) => {
      expect(Math.abs(logprob - expected[id]), `id ${id}`).toBeLessThan(TOLERANCE);
    });
  }
}

describe.each(computed)('what transformers computes of %s', (name, expected) => {
  test('the engine computes', async () => {
    await compare(await onEngine((await readGuest(sourcesOf(referenceFiles(name)), name)).guest), expected);
  });

  test('ONNX Runtime computes of the exported file', async () => {
    await compare(await inRuntime((await readGuest(sourcesOf(referenceFiles(name)), name)).guest), expected);
  });
});
