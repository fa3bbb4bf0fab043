import { chromium, type Browser, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { findChromium } from '../scripts/chromium.mjs';
import type { Adapter } from './document';

export const adapterChoices = ['auto', 'hardware', 'swiftshader'] as const;
export type AdapterChoice = (typeof adapterChoices)[number];

export class NoAdapterError extends Error {
  override name = 'NoAdapterError';
}

const common = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
];

const flags = {
  // Headless Chromium on Linux leaves the GPU alone unless it is told to go through Vulkan.
  hardware:
    process.platform === 'linux'
      ? ['--enable-unsafe-webgpu', '--ignore-gpu-blocklist', '--enable-features=Vulkan', '--use-angle=vulkan']
      : ['--enable-unsafe-webgpu', '--ignore-gpu-blocklist'],
  swiftshader: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
} as const;

/** A Chromium on the bench's page. */
export interface BenchBrowser {
  version: string;
  adapter: Adapter;
  /** A fresh page that stays open until it is closed: contenders that do not share one have one each. */
  openPage(): Promise<Page>;
  /** A fresh page for `work`, closed behind it: a workload leaves nothing to the next one. */
  visit<T>(work: (page: Page) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Throws `NoAdapterError` if the adapter of this choice cannot be had. */
export async function openBrowser(choice: AdapterChoice, say: (text: string) => void): Promise<BenchBrowser> {
  const server = await createServer({ configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)) });
  await server.listen();
  const address = new URL('bench/index.html', server.resolvedUrls!.local[0]).href;
  const attempts = choice === 'auto' ? (['hardware', 'swiftshader'] as const) : [choice];
  for (const attempt of attempts) {
    const browser = await launch(attempt);
    const openPage = () => openPageOf(browser, address, say);
    const visit = <T>(work: (page: Page) => Promise<T>) => visitPage(openPage, work);
    const close = async () => {
      await browser.close();
      await server.close();
    };
    try {
      const adapter = await visit((page) => page.evaluate(() => window.bench.adapter()));
      if (adapter && (attempt === 'swiftshader' || !adapter.software)) {
        return { version: browser.version(), adapter, openPage, visit, close };
      }
    } catch (error) {
      await close();
      throw error;
    }
    await browser.close();
  }
  await server.close();
  throw new NoAdapterError(
    `Chromium gives no ${choice} WebGPU adapter here. Install its driver, or measure on the software one: --adapter swiftshader`,
  );
}

function launch(adapter: keyof typeof flags): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({
    args: [...common, ...flags[adapter]],
    ...(executablePath === null ? {} : { executablePath }),
  });
}

async function openPageOf(browser: Browser, address: string, say: (text: string) => void): Promise<Page> {
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (message.type() !== 'debug') say(message.text());
  });
  await page.goto(address);
  await page.waitForFunction(() => 'bench' in window);
  return page;
}

async function visitPage<T>(openPage: () => Promise<Page>, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await openPage();
  try {
    const crashed = new Promise<never>((_, reject) => {
      page.on('crash', () => reject(new Error('The page crashed: the workload needs more memory than there is.')));
    });
    return await Promise.race([work(page), crashed]);
  } finally {
    await page.close();
  }
}
