import type { CDPSession, Page } from '@playwright/test';
import { TrainPage } from '../../e2e/train-page';
import { OwnBrowser } from './browser';
import { Hearing } from './hearing';
import type { KeptRun } from '../../src/lab/run/run-format';

/** Milliseconds for a GPU to open, however busy the machine is. */
const PATIENCE = 300_000;

/** A visitor's browser with the page open in it, and what the page hears. */
export class Visit {
  readonly browser: OwnBrowser;
  readonly hearing: Hearing;
  readonly page: Page;
  readonly train: TrainPage;
  readonly #address: string;
  #storage: CDPSession | null = null;

  private constructor(browser: OwnBrowser, hearing: Hearing, page: Page, address: string) {
    this.browser = browser;
    this.hearing = hearing;
    this.page = page;
    this.train = new TrainPage(page);
    this.#address = address;
  }

  /** Opens the browser; the page has only begun to load. */
  static async open(profile: string, address: string, flags: readonly string[] = []): Promise<Visit> {
    const browser = await OwnBrowser.open(profile, flags);
    const hearing = await Hearing.in(browser.context);
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    await page.goto(address, { waitUntil: 'commit' });
    return new Visit(browser, hearing, page, address);
  }

  /** Waits for the GPU, and for what the store has. */
  async ready(): Promise<void> {
    await this.#open();
    await this.hearing.until('list of saved runs', (all) => all.find(({ kind }) => kind === 'saved'));
  }

  /** Opens the page again, and waits for the same. */
  async reload(): Promise<void> {
    const before = this.hearing.all.length;
    await this.page.reload();
    await this.#open();
    await this.hearing.until('list of saved runs', (all) => all.slice(before).find(({ kind }) => kind === 'saved'));
  }

  async #open(): Promise<void> {
    const adapter = this.page.getByTestId('adapter').filter({ hasText: 'self-check ok' });
    await adapter.waitFor({ timeout: PATIENCE });
    // Every run of a profile is to be computed by the same backend: that of whose process is killed.
    await this.train.wishForGpu(PATIENCE);
  }

  /** Starts a run with the settings of a link. */
  async start(settings: string): Promise<void> {
    await this.page.goto(`${this.#address}#${settings}`);
    await this.page.getByTestId('link-train').click();
  }

  /** The same, paused before its first step is made. Answers what the run is known by. */
  async startPaused(settings: string): Promise<string> {
    await this.start(settings);
    await this.train.becomes('running', PATIENCE);
    await this.train.pause();
    return this.hearing.lastOpened!;
  }

  /** Opens a saved run from the list of runs; it stays paused. */
  async openPaused(run: string): Promise<void> {
    await this.page.getByTestId('page-runs').click();
    await this.page.getByTestId(`run-${run}`).getByRole('button', { name: /^Open/ }).click();
    await this.train.becomes('paused', PATIENCE);
  }

  /** The step at which the page offers to go on with a run, null where it offers none. */
  async offered(): Promise<number | null> {
    const card = this.page.getByTestId('resume-card');
    const text = await card.innerText({ timeout: 3000 }).catch(() => null);
    return text === null ? null : Number(/step (\d+) of/.exec(text)?.[1]);
  }

  async goOn(): Promise<void> {
    await this.page.getByTestId('resume').click();
  }

  /** A saved run's archive, exported in the list of runs and read. Throws what `readRunArchive` throws. */
  async exportSaved(run: string): Promise<KeptRun> {
    await this.page.getByTestId('page-runs').click();
    const kept = await this.train.exportBy(this.page.getByTestId(`run-${run}`).getByTestId('export-run'));
    await this.page.getByTestId('page-train').click();
    return kept.run;
  }

  /** What the page says that went wrong, null where it says nothing. */
  async problem(): Promise<string | null> {
    const text = await this.train.problem.innerText({ timeout: 5000 }).catch(() => null);
    return text === null ? null : text.replaceAll(/\s+/g, ' ');
  }

  /** Leaves so many bytes of room to the site, or as much as there is. */
  async room(bytes: number | null): Promise<void> {
    this.#storage ??= await this.browser.context.newCDPSession(this.page);
    const { origin } = new URL(this.#address);
    await this.#storage.send(
      'Storage.overrideQuotaForOrigin',
      bytes === null ? { origin } : { origin, quotaSize: bytes },
    );
  }

  /** Deletes all that the site keeps, as a visitor may do at any time. */
  async clear(): Promise<void> {
    this.#storage ??= await this.browser.context.newCDPSession(this.page);
    const { origin } = new URL(this.#address);
    await this.#storage.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  }
}
