import { expect, type Locator, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readRunArchive } from '../src/checkpoint/archive';
import { runFormat, type KeptRun } from '../src/lab/run/run-format';

/** The Train page as a visitor handles it. */
export class TrainPage {
  readonly page: Page;
  /** Whatever the console or an uncaught error said; a good visit has none. */
  readonly complaints: string[] = [];
  readonly play: Locator;
  readonly transport: Locator;
  readonly problem: Locator;

  constructor(page: Page) {
    this.page = page;
    this.play = page.getByTestId('play');
    this.transport = page.getByTestId('transport');
    this.problem = page.getByTestId('problem');
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Opens the page at these settings and waits for the GPU. */
  async open(settings = ''): Promise<void> {
    await this.page.goto(`./${settings}`);
    await this.ready();
  }

  /** Waits until the GPU is open and tried. */
  async ready(): Promise<void> {
    await expect(this.page.getByTestId('adapter')).toContainText('self-check ok', { timeout: 60_000 });
  }

  /** Has models computed by WebGPU, where nobody wished for it yet. */
  async wishForGpu(timeout = 60_000): Promise<void> {
    const adapter = this.page.getByTestId('adapter');
    if ((await adapter.getAttribute('data-backend')) === 'WebGPU') return;
    await this.page.getByTestId('open-performance').click();
    await this.page.getByTestId('backend').getByText('GPU', { exact: true }).click();
    const gpu = this.page.locator('[data-testid=adapter][data-backend=WebGPU]').filter({ hasText: 'self-check ok' });
    await gpu.waitFor({ timeout });
    await this.page.getByTestId('performance-close').click();
  }

  /** Presses the first visit's one button. */
  async train(preset: string): Promise<void> {
    await this.page.getByTestId('preset').selectOption(preset);
    await this.page.getByTestId('train').click();
  }

  async step(): Promise<number> {
    return Number(await this.page.getByTestId('step-count').innerText());
  }

  async reach(step: number, timeout = 120_000): Promise<void> {
    await expect.poll(() => this.step(), { timeout, intervals: [250] }).toBeGreaterThanOrEqual(step);
  }

  /** Waits until the run is running, paused, finished or idle. */
  async becomes(status: 'running' | 'paused' | 'finished' | 'idle', timeout = 60_000): Promise<void> {
    await expect(this.transport).toHaveAttribute('data-status', status, { timeout });
  }

  async pause(): Promise<void> {
    await this.play.click();
    await this.becomes('paused');
  }

  /** The run as one file, on disk and read. */
  async export(): Promise<{ path: string; run: KeptRun }> {
    return await this.exportBy(this.page.getByTestId('export'));
  }

  /** The same by another button. */
  async exportBy(button: Locator): Promise<{ path: string; run: KeptRun }> {
    const download = this.page.waitForEvent('download');
    await button.click();
    const path = await (await download).path();
    return { path, run: await readRunArchive(new Uint8Array(readFileSync(path)), runFormat) };
  }

  /** Its agents for other tools: the files of the zip. */
  async exportFor(format: 'hf' | 'onnx'): Promise<Record<string, Uint8Array>> {
    const download = this.page.waitForEvent('download');
    await this.page.getByTestId(`export-${format}`).click();
    return unzipSync(readFileSync(await (await download).path()));
  }

  /** Offers a file, and takes it in where it can be. */
  async import(file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.page.getByTestId('import-file').setInputFiles(file);
    const take = this.page.getByTestId('import-take').and(this.page.locator(':enabled'));
    await expect(take.or(this.problem)).toBeVisible();
    if (await take.isVisible()) await take.click();
  }

  /** Forgets everything that the site keeps in this browser. */
  async clearSiteData(): Promise<void> {
    const { origin } = new URL(this.page.url());
    const client = await this.page.context().newCDPSession(this.page);
    await this.page.goto('about:blank');
    await client.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    await client.detach();
  }
}

/** Stands for an array's bits: `toEqual` goes through its elements one by one, which takes a minute. */
export function bits({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

/** A run without what differs between two that did the same: its name in the store and the clock. */
export function essence(run: KeptRun) {
  return {
    step: run.step,
    config: run.config,
    agents: Object.entries(run.agents).map(([name, { config, lora, updates, ...arrays }]) => {
      return {
        name,
        config,
        lora,
        updates,
        arrays: Object.entries(arrays).map(([part, array]) => [part, bits(array)]),
      };
    }),
    evaluations: run.evaluations,
    metrics: run.metrics.map((metrics) => ({ ...metrics, time: null })),
  };
}
