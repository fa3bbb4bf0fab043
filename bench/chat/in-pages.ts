/** A real chat model in the browser: each contender in a page of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLlamaConfig } from '../../src/checkpoint/llama-config';
import { writeOnnx } from '../../src/checkpoint/onnx';
import type { BenchBrowser } from '../browser';
import type { ChatResult } from '../document';
import { oursOnCpu } from '../names';
import { FLOAT_TOLERANCE, type ChatEntry } from './contender';
import { measureChat } from './measure';
import { addressOf, readChatModel, type ChatModel } from './model';
import { transformersJs, wllama } from './names';
import type { ChatFiles, Continuation } from './page';

const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
/** In logits: llama.cpp rounds activations to 8 bits where it multiplies them with weights of 4 bits. */
const ROUNDED_TOLERANCE = 1;

export async function measurePageChat(
  browser: BenchBrowser,
  runs: number | undefined,
  say: (text: string) => void,
): Promise<ChatResult> {
  const model = await readChatModel();
  const threads = await browser.visit((page) => page.evaluate(() => window.bench.chat.threads()));
  if ('missing' in model) return await measureChat({ model, entries: [], threads, runs, say });
  const folder = writeOnnxFolder(model);
  const files = { gguf: model.address, onnx: addressOf(folder) };
  const entry = (name: string, tolerance: number) => entryOf(name, tolerance, browser, model, files);
  const entries = [
    entry(oursOnCpu, FLOAT_TOLERANCE),
    entry(wllama, ROUNDED_TOLERANCE),
    entry(transformersJs, FLOAT_TOLERANCE),
  ];
  try {
    return await measureChat({ model, entries, threads, runs, say });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function entryOf(
  name: string,
  tolerance: number,
  browser: BenchBrowser,
  { tokenizer }: ChatModel,
  files: ChatFiles,
): ChatEntry {
  const idsBehind = (prompt: readonly number[], made: Continuation): readonly number[] => {
    if (typeof made !== 'string') return made;
    return tokenizer.encode(tokenizer.decode(prompt) + made, { special: false }).slice(prompt.length);
  };
  return {
    name,
    tolerance,
    sitsOut: () => null,
    open: async () => {
      const page = await browser.openPage();
      await page.evaluate((given) => window.bench.chat.open(given), { name, files });
      return {
        name,
        async generate(prompts, newTokens) {
          const given = { prompts: prompts.map((ids) => ({ ids, text: tokenizer.decode(ids) })), newTokens };
          const made = await page.evaluate((it) => window.bench.chat.generate(it), given);
          return made.map((one, i) => [...idsBehind(prompts[i], one)]);
        },
        lead: (place) => page.evaluate((given) => window.bench.chat.lead(given), place),
        bytes: () => page.evaluate(() => window.bench.chat.bytes()),
        dispose: () => void page.close(),
      };
    },
  };
}

/** Our own export, where the bench's server finds it. No token ends a text. */
function writeOnnxFolder(model: ChatModel): string {
  const folder = mkdtempSync(join(cache, 'bench-chat-'));
  const config = writeLlamaConfig(model.config, { bos_token_id: 0, eos_token_id: 0, pad_token_id: 0 });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, eos_token_id: null }));
  mkdirSync(join(folder, 'onnx'));
  writeFileSync(join(folder, 'onnx', 'model.onnx'), writeOnnx(model, { precision: 'f32' }));
  return folder;
}
