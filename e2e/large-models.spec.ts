/** A model of 135 million parameters in a private window: kept by its file, read again after a reload, and gone when it is deleted. */
import { expect, type Page, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { fetchSmolLM2, NoPackageError } from '../scripts/fetch-smollm2.mjs';
import { TestHub } from '../tests/hub/test-hub';
import { servePageWith } from './page-process';
import { TrainPage } from './train-page';

/** The file's size in bytes. */
const SIZE = 98_362_432;

const usageOf = (page: Page) => page.evaluate(async () => (await navigator.storage.estimate()).usage!);

let file: string;
test.beforeAll(() => {
  try {
    file = fetchSmolLM2();
  } catch (error) {
    if (!(error instanceof NoPackageError)) throw error;
    test.skip(true, error.message);
  }
});

test('a visitor keeps SmolLM2-135M, talks to it after a reload, and deletes it', async ({ page }) => {
  const visit = new TrainPage(page);
  const usage = () => usageOf(page);
  await visit.open();
  const before = await usage();
  await page.getByTestId('import-file').setInputFiles(file);
  await expect(page.getByTestId('import-description')).toContainText('135M', { timeout: 60_000 });
  await page.getByTestId('import-take').click();
  await page.getByTestId('import-close').click({ timeout: 60_000 });
  await page.getByTestId('page-runs').click();
  const models = page.getByTestId('guests').locator('li');
  await expect(models).toContainText('98.4 MB');
  expect(await usage()).toBeGreaterThan(before + SIZE - 1);
  expect(await usage()).toBeLessThan(before + 1.1 * SIZE);

  await page.reload();
  await visit.ready();
  await page.getByTestId('page-floor').click();
  await page.getByTestId('model-conversation-0').selectOption({ label: 'SmolLM2-135M-Instruct.Q4_1' });
  await page.getByTestId('floor-temperature').fill('0');
  await page.getByTestId('floor-prompt').fill('What is the capital of France?');
  await page.getByTestId('floor-go').click();
  await expect(page.getByTestId('floor-beat-0')).toContainText('The capital of France is Paris.', { timeout: 120_000 });
  await expect(page.getByTestId('floor-go')).toBeEnabled({ timeout: 60_000 });

  // Deleted ten minutes ago, it goes with the next opening.
  await page.getByTestId('page-runs').click();
  await page.getByTestId('remove-guest').click();
  await expect(page.getByTestId('guests')).toContainText('can still be brought back');
  expect(await usage()).toBeGreaterThan(before + SIZE - 1);
  await page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
    const database = await done(indexedDB.open('waltz-guests'));
    const heads = database.transaction('heads', 'readwrite').objectStore('heads');
    const [head] = (await done(heads.getAll())) as { removedAt: number }[];
    await done(heads.put({ ...head, removedAt: head.removedAt - 11 * 60_000 }));
    database.close();
  });
  await page.reload();
  await visit.ready();
  await expect.poll(usage).toBeLessThan(before + SIZE / 2);
  expect(visit.complaints).toEqual([]);
});

test('a downloaded model that is taken in is kept once, and outlives the download', async ({ page }) => {
  const hub = await TestHub.start();
  const server = await servePageWith(['--allow-host', 'http://127.0.0.1:*']);
  try {
    const bytes = new Uint8Array(readFileSync(file));
    hub.repositories['some/model'] = { files: { 'm.gguf': bytes }, large: ['m.gguf'], licence: 'apache-2.0' };
    const visit = new TrainPage(page);
    await page.goto(server.address);
    await visit.ready();
    const before = await usageOf(page);
    await page.getByTestId('open-hub').click();
    await page.getByText('Hub and access token').click();
    await page.getByTestId('hub-url').fill(hub.address);
    await page.getByTestId('hub-address').fill('some/model');
    await page.getByTestId('hub-list').click();
    await page.getByTestId('hub-download').click();
    await expect(page.getByTestId('import-description')).toContainText('135M', { timeout: 60_000 });
    await page.getByTestId('import-take').click();
    await page.getByTestId('import-close').click({ timeout: 60_000 });
    expect(await usageOf(page)).toBeLessThan(before + 1.1 * SIZE);

    await page.getByTestId('open-hub').click();
    await page.getByTestId('hub-remove').click();
    await expect(page.getByTestId('hub-kept')).toBeHidden();
    expect(await usageOf(page)).toBeGreaterThan(before + SIZE - 1);
    await page.reload();
    await visit.ready();
    await page.getByTestId('page-runs').click();
    await page.getByTestId('teach-guest').click();
    await expect(page.getByLabel('tokens a sequence')).toHaveAttribute('max', '8192', { timeout: 60_000 });
    expect(visit.complaints).toEqual([]);
  } finally {
    server.close();
    hub.close();
  }
});

test('the trainer goes on while a large model answers', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await page.getByTestId('import-file').setInputFiles(file);
  await page.getByTestId('import-take').click({ timeout: 60_000 });
  await page.getByTestId('import-close').click({ timeout: 60_000 });
  await visit.train('quick');
  await visit.reach(1);

  await page.getByTestId('page-floor').click();
  await page.getByTestId('model-conversation-0').selectOption({ label: 'SmolLM2-135M-Instruct.Q4_1' });
  await page.getByTestId('floor-temperature').fill('0');
  await page.getByTestId('floor-prompt').fill('Tell me a long story about two dancers.');
  await page.getByTestId('floor-go').click();
  const answer = page.getByTestId('floor-beat-0');
  await expect(answer).toContainText(/\w+ \w+/, { timeout: 120_000 });
  const said = (await answer.innerText()).length;

  await page.getByTestId('page-train').click();
  const before = await visit.step();
  await visit.reach(before + 2);
  await page.getByTestId('page-floor').click();
  await expect.poll(async () => (await answer.innerText()).length, { timeout: 60_000 }).toBeGreaterThan(said + 20);
  expect(visit.complaints).toEqual([]);
});
