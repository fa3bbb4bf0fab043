/** One model to talk to, and its words, read and run in a thread of its own: they are anyone's. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { GuestChat } from '../src/chat/guest-chat';
import type { RoleName } from '../src/waltz/game/roles';
import { ChatClient, chatLimit } from '../workers/chat/client';
import { WorkerCalls, type WorkerPort } from '../workers/protocol/calls';
import { readingLimit, timeLimitFault } from '../workers/time-limit';
import { modelPath } from './model-operand';
import type { ThreadCalls } from './thread/calls';
import type { ReadModel } from './thread/read-model';

/** A model that was read. */
export interface OpenedModel extends ReadModel {
  chat: GuestChat;
}

/** The option of commands that take a model. */
export const loraOption = {
  lora: { value: 'DIR', description: 'a PEFT adapter (LoRA) of this model, merged into it' },
} as const;

/** Of the thread's objects; weights are no objects. */
const MEGABYTES = 2048;

/**
 * Uses a model, by its path or by the name that it was fetched under, with the PEFT adapter in the folder `lora` where one is
 * named; its words are there until that has ended. Throws what
 * the readers throw, under the names of their classes, `NotFetchedError`, and `TimeLimitError`.
 */
export async function withModel<Result>(
  model: string,
  agent: RoleName,
  use: (model: OpenedModel) => Promise<Result>,
  lora?: string,
): Promise<Result> {
  const opened = await openModel(model, agent, lora);
  try {
    return await use(opened);
  } finally {
    opened.close();
  }
}

/** The same until it is closed. */
export async function openModel(
  model: string,
  agent: RoleName,
  lora?: string,
): Promise<OpenedModel & { close: () => void }> {
  const path = modelPath(model);
  const called = `"${model}"`;
  const calls = new WorkerCalls<ThreadCalls>(startThread(), `The thread that reads ${called}`, {
    limit: {
      of: (question) => (question.kind === 'model' ? readingLimit(bytesOf(path)) : chatLimit(question)),
      fault: (milliseconds) => timeLimitFault(`Reading ${called}, or its tokenizer or chat template,`, milliseconds),
    },
  });
  try {
    const read = await calls.ask('model', { path, agent, lora: lora ?? null });
    return { ...read, chat: await ChatClient.over(calls, read.guest), close: () => calls.close() };
  } catch (error) {
    calls.close();
    throw error;
  }
}

function startThread(): WorkerPort {
  const thread = new Worker(new URL('./thread/entry.mjs', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEGABYTES },
  });
  return {
    postMessage: (message: unknown) => thread.postMessage(message),
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type === 'error') thread.on('error', (error) => listener({ message: error.message } as never));
      else thread.on(type, (data: unknown) => listener({ data } as never));
    },
    terminate: () => void thread.terminate(),
  } as WorkerPort;
}

/** Of all that may be read there. */
function bytesOf(path: string): number {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
