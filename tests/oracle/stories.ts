import { existsSync, readFileSync } from 'node:fs';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import { readAgentFiles } from '../../src/checkpoint/agent-files';
import type { Guest } from '../../src/checkpoint/guest';
import { readGuest } from '../../src/checkpoint/guest-files';
import type { AgentState } from '../../src/model/state';

/** A trained public checkpoint with numbers computed elsewhere; it lies beside the repository, not in it. */
export const storiesFolder = new URL('../../../shared/models/stories260k/', import.meta.url).pathname;

export const storiesAreHere = existsSync(storiesFolder);

export interface Golden {
  greedy: { prompt_ids: number[]; ids: number[] }[];
  logits: { ids: number[]; last_logits: number[]; token_logprobs: number[] }[];
}

export async function readStories(): Promise<{ state: AgentState; golden: Golden }> {
  const files = Object.fromEntries(
    ['config.json', 'model.safetensors'].map((name) => [name, new Uint8Array(readFileSync(storiesFolder + name))]),
  );
  return {
    state: await readAgentFiles(files, { training: false }),
    golden: JSON.parse(readFileSync(`${storiesFolder}golden.json`, 'utf8')) as Golden,
  };
}

/** The same as it is taken in, with its own words. */
export async function readStoriesGuest(): Promise<Guest> {
  const names = [
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ];
  const files = Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(storiesFolder + name))]));
  return (await readGuest(sourcesOf(files), 'stories260k')).guest;
}
