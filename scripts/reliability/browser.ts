import { chromium, type Browser, type BrowserContext } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findChromium } from '../chromium.mjs';

/** As the end-to-end tests start it: without its own traffic, WebGPU on its software adapter. */
const flags = [
  ...['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-sync', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--remote-debugging-port=0'],
];

export class NoBrowserError extends Error {
  override name = 'NoBrowserError';
}

/** A Chromium in a process group of its own, so that all of it can be killed at one moment, on a profile that stays. */
export class OwnBrowser {
  readonly context: BrowserContext;
  readonly #browser: Browser;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, browser: Browser) {
    this.#child = child;
    this.#browser = browser;
    this.context = browser.contexts()[0];
    // In a group of its own it would outlive a script that is stopped.
    process.once('exit', this.#end);
  }

  /** @throws {NoBrowserError} */
  static async open(profile: string, more: readonly string[] = []): Promise<OwnBrowser> {
    const path = findChromium();
    if (path === null) throw new NoBrowserError('There is no Chromium here. Install one, or name it in CHROMIUM.');
    const child = spawn(path, [...flags, ...more, `--user-data-dir=${profile}`, 'about:blank'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return new OwnBrowser(child, await chromium.connectOverCDP(await addressOf(child)));
  }

  /** Nothing where it has ended: its number may be another's by now. */
  readonly #end = (): void => {
    if (this.#isAlive) process.kill(-this.#child.pid!, 'SIGKILL');
  };

  get #isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get version(): string {
    return this.#browser.version();
  }

  /** SIGKILL for every process of it at once. Resolves when they are gone. */
  async kill(): Promise<void> {
    const ended = this.#isAlive ? once(this.#child, 'exit') : null;
    this.#end();
    process.off('exit', this.#end);
    await ended;
    // Its children end at the same signal, but are no children of this process, so that nobody tells.
    await new Promise((done) => setTimeout(done, 300));
  }

  /** SIGKILL for the process that talks to the GPU; the rest of the browser stays. */
  async killGpuProcess(): Promise<void> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    const gpu = processInfo.find(({ type }) => type === 'GPU');
    if (!gpu) throw new NoBrowserError('This Chromium has no GPU process.');
    process.kill(gpu.id, 'SIGKILL');
  }
}

/** Where a Chromium that starts is spoken to: it says so on stderr. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (data: Buffer) => {
      if (said.length < 100_000) said += data.toString();
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address) resolve(address);
    });
    child.on('exit', () => reject(new NoBrowserError(`Chromium did not start:\n${said}`)));
  });
}
