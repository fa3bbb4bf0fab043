/** A model from a Hub of its own: listed, downloaded, cancelled, gone on with after a reload, taken in, and talked to. */
import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { TestHub } from '../tests/hub/test-hub';
import { storiesAreHere, storiesFolder } from '../tests/oracle/stories';
import { violations } from './axe';
import { servePageWith } from './page-process';
import { TrainPage } from './train-page';

const names = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
const stored = 'karpathy/stories/model.safetensors';
const TOKEN = 'hf_mine';

let hub: TestHub;
test.beforeEach(async () => {
  test.skip(!storiesAreHere, 'the model of the tests is not here');
  hub = await TestHub.start();
  const files = Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(storiesFolder + name))]));
  const model = { files, large: ['model.safetensors'], licence: 'mit' };
  hub.repositories['karpathy/stories'] = model;
  hub.repositories['karpathy/gated'] = { ...model, token: TOKEN };
  hub.repositories['karpathy/several'] = { files: { ...files, 'a-Q8_0.gguf': new Uint8Array(900) } };
});
test.afterEach(() => hub.close());

test('a visitor brings a model from the Hub, however often that is interrupted', async ({ page }) => {
  const server = await servePageWith(['--allow-host', 'http://127.0.0.1:*']);
  try {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    const visit = new TrainPage(page);
    const dialog = page.getByTestId('hub-dialog');
    const problem = page.getByTestId('hub-problem');
    const list = async (address: string) => {
      await page.getByTestId('hub-address').fill(address);
      await page.getByTestId('hub-list').click();
    };
    await page.goto(server.address);
    await visit.ready();
    await page.getByTestId('open-hub').click();
    await expect(page.getByTestId('hub-catalogue')).toContainText('SmolLM2-135M-Instruct');
    expect(hub.asked).toEqual([]);
    await page.getByText('Hub and access token').click();
    await page.getByTestId('hub-url').fill(hub.address);

    // What is wrong is said in words.
    await list('stories');
    await expect(problem).toContainText('owner/name');
    await list('karpathy/gated');
    await expect(problem).toContainText('accept its licence');
    // What is not allowed to be reached, too; the console says so as well.
    await list('http://elsewhere.test/x.gguf');
    await expect(problem).toContainText('does not let it reach http://elsewhere.test');
    visit.complaints.length = 0;

    // Of several the visitor chooses.
    await list('karpathy/several');
    await expect(page.getByTestId('hub-listed')).toContainText('2 models');
    await expect(page.getByTestId('hub-listed')).toContainText('a-Q8_0.gguf');
    await page.getByTestId('hub-listed').getByRole('button', { name: 'Back' }).click();

    // Files and sizes first, and nothing of their content.
    await list('karpathy/stories');
    await expect(page.getByTestId('hub-listed')).toContainText('model.safetensors');
    await expect(page.getByTestId('hub-download')).toContainText('Download 1.05');
    await expect(page.getByTestId('hub-listed')).toContainText('licence mit');
    expect(hub.requestsFor('model.safetensors')).toEqual([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await violations(page)).toEqual([]);
    }

    // Cancelled on the way: what came is kept.
    hub.faults[stored] = { slow: 100 };
    await page.getByTestId('hub-download').click();
    const progress = page.getByTestId('hub-progress');
    const bytes = async () => Number(await progress.getAttribute('data-bytes'));
    await expect.poll(bytes).toBeGreaterThan(100_000);
    await expect(page.getByTestId('hub-words')).toContainText('left');
    await page.getByTestId('hub-cancel').click();
    const resume = page.getByTestId('hub-resume');
    await expect(resume).toBeVisible();

    // Gone on with, left in the middle by a reload, and gone on with again.
    await resume.click();
    await expect.poll(bytes).toBeGreaterThan(250_000);
    await page.reload();
    await visit.ready();
    await page.getByTestId('open-hub').click();
    await expect(page.getByTestId('hub-kept')).toContainText('of 1.05');
    expect(await page.getByTestId('hub-url').inputValue()).toBe(hub.address);
    hub.faults[stored] = { cutAfter: 200_000, cuts: 1 };
    const before = hub.requestsFor('model.safetensors').length;
    await resume.click();

    // Then it is described as any other import is.
    await expect(page.getByTestId('import-description')).toContainText('stories', { timeout: 60_000 });
    const ranges = hub.requestsFor('model.safetensors').slice(before);
    for (const { range } of ranges) expect(Number(/bytes=(\d+)-/.exec(range ?? '')?.[1])).toBeGreaterThan(200_000);
    await page.getByTestId('import-take').click();
    await page.getByTestId('import-close').click();
    await page.getByTestId('page-floor').click();
    await expect(page.locator('select', { hasText: 'stories' }).first()).toBeVisible();

    // Again, nothing is downloaded; deleted, it is gone.
    await page.getByTestId('page-train').click();
    await page.getByTestId('open-hub').click();
    const kept = page.getByTestId('hub-kept');
    const after = hub.asked.length;
    await kept.getByRole('button', { name: 'Use' }).click();
    await expect(page.getByTestId('import-description')).toContainText('stories');
    await page.getByTestId('import-cancel').click();
    expect(hub.asked.length).toBe(after);
    await page.getByTestId('open-hub').click();
    await page.getByTestId('hub-remove').click();
    await expect(kept).toBeHidden();

    // A wrong file is none, and a token enters; it stays at the Hub.
    hub.faults[stored] = { page: true };
    await list('karpathy/stories');
    await page.getByTestId('hub-download').click();
    await expect(problem).toContainText('sent a web page in place of model.safetensors');
    await expect(page.getByTestId('import-dialog')).toBeHidden();
    await page.getByText('Hub and access token').click();
    await page.getByTestId('hub-token').fill(TOKEN);
    await list('karpathy/gated');
    await page.getByTestId('hub-download').click();
    await expect(page.getByTestId('import-description')).toContainText('gated', { timeout: 60_000 });
    const atStorage = hub.asked.filter(({ origin }) => origin === 'storage');
    expect(atStorage.every(({ authorization }) => authorization === undefined)).toBe(true);
    expect(hub.asked.some(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true);
    await expect(dialog).toBeHidden();
    expect(visit.complaints).toEqual([]);
  } finally {
    server.close();
  }
});
