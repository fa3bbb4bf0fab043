/** A real chat model in the browser: each contender in a page of its own. */
import type { Page } from '@playwright/test';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLlamaConfig } from '../../src/checkpoint/llama-config';
import { writeOnnx } from '../../src/checkpoint/onnx';
import type { BenchBrowser } from '../browser';
import type { ChatResult } from '../document';
import { oursOnCpu } from '../names';
import { FLOAT_TOLERANCE, type ChatContender, type ChatEntry } from './contender';
import { measureChat } from './measure';
import { addressOf, readChatModel, type ChatModel } from './model';
import { transformersJs, wllama } from './names';
import type { ChatFiles, Continuation } from './page';

/** In logits: llama.cpp rounds activations to 8 bits where it multiplies them with weights of 4 bits. */
const ROUNDED_TOLERANCE = 1;
const onlyOne = 'a batch would take minutes, since it computes many tokens at once at about the rate of one by one';

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
  // Empty pages, there before any clock runs: what loads a library counts, what loads the bench does not.
  const pages: Page[] = [];
  const entry = async (name: string) => {
    const page = await browser.openPage();
    pages.push(page);
    return { name, open: () => openIn(page, name, model, files) };
  };
  try {
    const entries: ChatEntry[] = [
      { ...(await entry(oursOnCpu)), tolerance: FLOAT_TOLERANCE, sitsOut: () => null },
      { ...(await entry(wllama)), tolerance: ROUNDED_TOLERANCE, sitsOut: ({ batch }) => (batch > 1 ? onlyOne : null) },
      { ...(await entry(transformersJs)), tolerance: FLOAT_TOLERANCE, sitsOut: () => null },
    ];
    return await measureChat({ model, entries, threads, runs, say });
  } finally {
    for (const page of pages) await page.close();
    rmSync(folder, { recursive: true });
  }
}

async function openIn(page: Page, name: string, { tokenizer }: ChatModel, files: ChatFiles): Promise<ChatContender> {
  await page.evaluate((given) => window.bench.chat.open(given), { name, files });
  const idsBehind = (prompt: readonly number[], made: Continuation): readonly number[] => {
    if (typeof made !== 'string') return made;
    return tokenizer.encode(tokenizer.decode(prompt) + made, { special: false }).slice(prompt.length);
  };
  return {
    name,
    async generate(prompts, newTokens) {
      const given = { prompts: prompts.map((ids) => ({ ids, text: tokenizer.decode(ids) })), newTokens };
      const made = await page.evaluate((it) => window.bench.chat.generate(it), given);
      return made.map((one, i) => [...idsBehind(prompts[i], one)]);
    },
    lead: (place) => page.evaluate((given) => window.bench.chat.lead(given), place),
    bytes: () => page.evaluate(() => window.bench.chat.bytes()),
    dispose: () => undefined,
  };
}

/** Our own export, where the bench's server finds it. No token ends a text. */
function writeOnnxFolder(model: ChatModel): string {
  const folder = fileURLToPath(new URL('../../.cache/bench-chat', import.meta.url));
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  const config = writeLlamaConfig(model.config, { bos_token_id: 0, eos_token_id: 0, pad_token_id: 0 });
  const endless = { eos_token_id: null };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...endless }));
  writeFileSync(join(folder, 'generation_config.json'), JSON.stringify(endless));
  writeFileSync(join(folder, 'onnx', 'model.onnx'), writeOnnx(model, { precision: 'f32' }));
  return folder;
}
