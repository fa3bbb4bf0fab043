/** SmolLM2-135M-Instruct as a GGUF file, which the tests fetch, and what others compute of it, which lies beside the repository. */
import { existsSync, openAsBlob, readFileSync } from 'node:fs';
import { fetchSmolLM2, NoPackageError } from '../../scripts/fetch-smollm2.mjs';
import { blobSource } from '../../src/checkpoint/byte-source';
import { readGguf } from '../../src/checkpoint/gguf/read-gguf';

const golden = new URL('../../../shared/models/smollm2-135m-instruct/golden.json', import.meta.url).pathname;

export interface SmolLM2Golden {
  tokenizer: { text: string; ids: number[] }[];
  chat: {
    messages: { role: string; content: string }[];
    text: string;
    ids: number[];
    last_logits_top: { ids: number[]; values: number[] };
    last_logits_at: { ids: number[]; values: number[] };
    greedy_ids: number[];
  }[];
  score: { text: string; ids: number[]; logprobs: number[]; mean_nll: number };
  lora: {
    r: number;
    alpha: number;
    mean_nll: number;
    logprobs: number[];
    gradients: Record<string, { shape: number[]; norm: number; first: number[] }>;
    global_gradient_norm: number;
  };
  weights: Record<
    string,
    { shape: number[]; first: number[]; row_1_or_entry_8: number[]; sum: number; sum_of_absolutes: number }
  >;
}

/** Why the model's tests cannot run, or null. */
export const missing = ((): string | null => {
  if (!existsSync(golden)) return `there is no ${golden}`;
  try {
    fetchSmolLM2();
    return null;
  } catch (error) {
    if (error instanceof NoPackageError) return error.message;
    throw error;
  }
})();

export const smolLM2Path = (): string => fetchSmolLM2();

export const smolLM2Golden = (): SmolLM2Golden => JSON.parse(readFileSync(golden, 'utf8')) as SmolLM2Golden;

export async function readSmolLM2() {
  const { config, parameters } = (await readGguf(blobSource(await openAsBlob(smolLM2Path())), 'SmolLM2')).guest;
  return { config, parameters: parameters! };
}

/** How far logits behind a conversation are from those of transformers, at most. */
export function logitDifference(logits: Float32Array, chat: SmolLM2Golden['chat'][number]): number {
  const known = [chat.last_logits_at, chat.last_logits_top];
  return Math.max(...known.flatMap(({ ids, values }) => ids.map((id, i) => Math.abs(logits[id] - values[i]))));
}
