/** Tiny Llamas that transformers wrote, and what it computes of them (README.md). */
import { readdirSync, readFileSync } from 'node:fs';
import type { Files } from '../../src/checkpoint/folder';

interface ReferenceText {
  text: string;
  prompt_ids: number[];
  /** The prompt and the greedy tokens after it. */
  ids: number[];
  /** Of every token but the first. */
  token_logprobs: number[];
  /** After the last token. */
  last_logits: number[];
}

export interface Reference {
  config: Record<string, unknown>;
  inv_freq: number[];
  /** Whether head and embedding are one matrix once the weights are read. */
  tied: boolean;
  end_tokens: number[];
  texts: ReferenceText[];
}

const folder = new URL('./models/', import.meta.url);

/** By the name of the layout. A layout without a head has no texts: what transformers computes of it is random. */
export const references = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<
  string,
  Omit<Reference, 'end_tokens' | 'texts'> & Partial<Reference>
>;

/** Those that something is computed of. */
export const computed = Object.entries(references).filter((one): one is [string, Reference] => !!one[1].texts);

export function referenceFiles(name: string): Files {
  const place = new URL(`${name}/`, folder);
  return Object.fromEntries(
    readdirSync(place).map((file) => [file, new Uint8Array(readFileSync(new URL(file, place)))]),
  );
}
