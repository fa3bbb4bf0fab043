import { existsSync, readFileSync } from 'node:fs';
import { readAgentFiles } from '../../src/checkpoint/agent-files';
import type { AgentState } from '../../src/lm/state';

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
