import { expect } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer, { type Browser, type ElementHandle, type Page } from 'puppeteer-core';
import { findFirefox } from '../../scripts/firefox.mjs';

export const firefox = findFirefox();
/** Where `npm test` fetches a Firefox that is missing; elsewhere its tests are left out. */
export const canBeFetched = spawnSync('apt-get', ['--version']).status === 0;

/** On Linux Firefox keeps WebGPU behind these. */
const webgpu = {
  'dom.webgpu.enabled': true,
  'dom.webgpu.workers.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
  'gfx.webrender.all': true,
};

/** Starts Firefox, driven by WebDriver BiDi; what a page hands out lands in the folder. */
export async function launchFirefox(executablePath: string, downloads: string): Promise<Browser> {
  mkdirSync(downloads, { recursive: true });
  const saved = { 'browser.download.folderList': 2, 'browser.download.dir': downloads };
  return await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    // A software driver compiles for long, and a page that waits for it answers late.
    protocolTimeout: 10 * 60_000,
    extraPrefsFirefox: { ...webgpu, ...saved, 'browser.download.useDownloadDir': true },
  });
}

/** The Train page in Firefox, by test ids as in e2e/train-page.ts. */
export class FirefoxPage {
  readonly page: Page;
  /** Whatever the console or an uncaught error said; a good visit has none. */
  readonly complaints: string[] = [];
  readonly #downloads: string;

  constructor(page: Page, downloads: string) {
    this.page = page;
    this.#downloads = downloads;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  async text(id: string): Promise<string> {
    return await this.page.$eval(byId(id), (element) => element.textContent);
  }

  async #find(id: string, which = ''): Promise<ElementHandle> {
    const found = await this.page.waitForSelector(byId(id) + which, { timeout: 60_000 });
    if (!found) throw new Error(`There is no ${id}.`);
    return found;
  }

  async click(id: string): Promise<void> {
    await (await this.#find(id, ':enabled')).click();
  }

  async choose(id: string, value: string): Promise<void> {
    await this.#find(id, ':enabled');
    await this.page.select(byId(id), value);
  }

  /** Waits until the run has this status. */
  async becomes(status: 'finished' | 'paused', timeout: number): Promise<void> {
    await this.page.waitForSelector(`${byId('transport')}[data-status="${status}"]`, { timeout });
  }

  /** Presses a button that hands out a file. @returns its path once it is there whole. */
  async download(id: string): Promise<string> {
    const before = new Set(readdirSync(this.#downloads));
    await this.click(id);
    const added = () => readdirSync(this.#downloads).filter((file) => !before.has(file));
    // While Firefox writes there are two: an empty one of that name, and one that ends in .part.
    const whole = () => added().length === 1 && statSync(join(this.#downloads, added()[0])).size > 0;
    await expect.poll(whole, { timeout: 60_000 }).toBe(true);
    return join(this.#downloads, added()[0]);
  }

  async offer(id: string, path: string): Promise<void> {
    const input = await this.page.$(`input${byId(id)}`);
    await (input as ElementHandle<HTMLInputElement>).uploadFile(path);
  }
}

function byId(id: string): string {
  return `[data-testid="${id}"]`;
}
