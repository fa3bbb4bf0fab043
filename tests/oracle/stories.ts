import { existsSync, readFileSync } from 'node:fs';
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

export function readStories(): { state: AgentState; golden: Golden } {
  const files = Object.fromEntries(
    ['config.json', 'model.safetensors'].map((name) => [name, new Uint8Array(readFileSync(storiesFolder + name))]),
  );
  return {
    state: readAgentFiles(files, { training: false }),
    golden: JSON.parse(readFileSync(`${storiesFolder}golden.json`, 'utf8')) as Golden,
  };
}

/** The same as it is taken in, with its own words. */
export function readStoriesGuest(): Guest {
  const names = [
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ];
  const files = Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(storiesFolder + name))]));
  return readGuest(files, 'stories260k').guest;
}
