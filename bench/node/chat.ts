/** A real chat model in Node: each contender in a process of its own. */
import { rmSync } from 'node:fs';
import { FLOAT_TOLERANCE, type ChatEntry } from '../chat/contender';
import { measureChat } from '../chat/measure';
import { readChatModel, type ChatModel } from '../chat/model';
import type { ChatResult } from '../document';
import { oursOnCpu } from '../names';
import { preparePython, type Python } from '../python/environment';
import { openChat, writeModel } from '../python/pytorch';
import type { Wanted } from '../wanted';
import { threads } from './backend';
import { pytorch } from './names';
import { WorkProcess } from './process';

const ours = ({ path }: ChatModel): ChatEntry => ({
  name: oursOnCpu,
  tolerance: FLOAT_TOLERANCE,
  sitsOut: () => null,
  open: async () => {
    const process = new WorkProcess();
    await process.call('openChat', path);
    return {
      name: oursOnCpu,
      generate: (prompts, newTokens) => process.call('chat', { prompts, newTokens }),
      lead: (place) => process.call('lead', place),
      bytes: () => process.call('peak', null),
      dispose: () => process.end(),
    };
  },
});

/** It reads `folder`, which holds the weights that we read of the GGUF file. */
const theirs = (python: Python, folder: string | null): ChatEntry => ({
  name: pytorch,
  tolerance: FLOAT_TOLERANCE,
  sitsOut: () => ('why' in python ? python.why : null),
  open: () => {
    if ('why' in python || folder === null) throw new Error('There is no Python.');
    return openChat(python.interpreter, pytorch, folder, threads);
  },
});

export async function measureNodeChat(wanted: Wanted, say: (text: string) => void): Promise<ChatResult> {
  const python: Python = wanted.python ? preparePython(say) : { why: 'not asked for with --python' };
  const model = await readChatModel();
  const { runs } = wanted;
  if ('missing' in model) return await measureChat({ model, entries: [], threads, runs, say });
  const folder = 'why' in python ? null : writeModel(model);
  try {
    return await measureChat({ model, entries: [ours(model), theirs(python, folder)], threads, runs, say });
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true });
  }
}
