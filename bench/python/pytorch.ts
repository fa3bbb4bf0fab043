import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { writeLlamaConfig } from '../../src/checkpoint/llama-config';
import { writeSafetensors } from '../../src/checkpoint/safetensors';
import { adam } from '../../src/model/adam';
import { parameterLayout } from '../../src/model/layout';
import type { ChatContender } from '../chat/contender';
import { training, type Start, type TrainingContender } from '../contender';

const noIds = { bos_token_id: 0, eos_token_id: 0, pad_token_id: 0 };
/** A padding token's embedding would not learn. */
const noPadding = { pad_token_id: null };

/** PyTorch in a process of its own. It gets the parameters as a model folder of Hugging Face's, and batches line by line. */
export async function openTraining(
  interpreter: string,
  name: string,
  start: Start,
  threads: number,
): Promise<TrainingContender> {
  const folder = writeModel(start);
  const { ask, end } = startPython(interpreter, 'train.py', threads);
  const versions = await ask({ folder, threads, ...training, ...adam });
  console.error(`    ${name} runs ${JSON.stringify(versions)}`);
  return {
    name,
    train: async (batch) => ((await ask(batch)) as { loss: number }).loss,
    dispose() {
      end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Adapters on a chat model, from a folder that `writeModel` wrote and one as PEFT writes it. */
export async function openLora(
  interpreter: string,
  name: string,
  { model: folder, adapter }: { model: string; adapter: string },
  threads: number,
): Promise<TrainingContender> {
  const { ask, end } = startPython(interpreter, 'train.py', threads);
  const versions = await ask({ folder, adapter, threads, ...training, ...adam });
  console.error(`    ${name} runs ${JSON.stringify(versions)}`);
  return { name, train: async (batch) => ((await ask(batch)) as { loss: number }).loss, dispose: end };
}

/** A chat model from a folder that `writeModel` wrote. */
export async function openChat(
  interpreter: string,
  name: string,
  folder: string,
  threads: number,
): Promise<ChatContender> {
  const { ask, end } = startPython(interpreter, 'generate.py', threads);
  const versions = await ask({ folder, threads });
  console.error(`    ${name} runs ${JSON.stringify(versions)}`);
  return {
    name,
    generate: async (prompts, newTokens) => ((await ask({ prompts, newTokens })) as { ids: number[][] }).ids,
    bytes: async () => ((await ask('bytes')) as { bytes: number | null }).bytes,
    dispose: end,
  };
}

/** A script in a process of its own, asked line by line. */
function startPython(interpreter: string, script: string, threads: number) {
  // Its thread pool is as large as it is told; a library's own wish would come before that.
  const { OPENBLAS_CORETYPE: _, ...env } = process.env;
  const child = spawn(interpreter, [fileURLToPath(new URL(script, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, OMP_NUM_THREADS: String(threads) },
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => {
    throw new Error('Python ended. See what it said above.');
  });
  // It may end unasked, or when it is told to.
  ended.catch(() => undefined);
  const ask = async (question: unknown): Promise<unknown> => {
    const told = once(lines, 'line');
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const [line] = (await Promise.race([told, ended])) as [string];
    return JSON.parse(line);
  };
  return { ask, end: () => void child.kill() };
}

/** A folder of Hugging Face's, which its reader removes. */
export function writeModel({ config, parameters }: Pick<Start, 'config' | 'parameters'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const tensors = parameterLayout(config).tensors.map(({ name, shape, offset, size }) => ({
    ...{ name, shape, data: parameters.subarray(offset, offset + size) },
  }));
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...writeLlamaConfig(config, noIds), ...noPadding }));
  return folder;
}
