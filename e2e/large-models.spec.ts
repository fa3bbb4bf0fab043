/** A model of 135 million parameters in a private window: kept by its file, read again after a reload, and gone when it is deleted. */
import { expect, type Page, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { fetchSmolLM2, NoPackageError } from '../scripts/fetch-smollm2.mjs';
import { TestHub } from '../tests/hub/test-hub';
import { rhyme } from '../tests/lab/teaching/rhyme';
import { servePageWith } from './page-process';
import { TrainPage } from './train-page';

/** The file's size in bytes. */
const SIZE = 98_362_432;

/** Of its weights in float32, in bytes. */
const WEIGHTS = 4 * 134_515_008;

/** Of the page and its workers, WebAssembly's too, in bytes. */
const memoryOf = (page: Page) =>
  page.evaluate(async () => {
    const own = performance as Performance & { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> };
    return (await own.measureUserAgentSpecificMemory()).bytes;
  });

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
  expect(await memoryOf(page)).toBeLessThan(1.3 * WEIGHTS);

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

test('the trainer goes on while a large model answers in another tab', async ({ page: trains, context }) => {
  const training = new TrainPage(trains);
  await training.open();
  await training.train('standard');
  await training.reach(1);

  const page = await context.newPage();
  const visit = new TrainPage(page);
  await visit.open();
  await page.getByTestId('import-file').setInputFiles(file);
  await page.getByTestId('import-take').click({ timeout: 60_000 });
  await page.getByTestId('import-close').click({ timeout: 60_000 });
  await page.getByTestId('page-floor').click();
  await page.getByTestId('model-conversation-0').selectOption({ label: 'SmolLM2-135M-Instruct.Q4_1' });
  await page.getByTestId('floor-temperature').fill('0');
  await page.getByTestId('floor-prompt').fill('Tell me a long story about two dancers.');
  await page.getByTestId('floor-go').click();
  const answer = page.getByTestId('floor-beat-0');
  await expect(answer).toContainText(/\w+ \w+/, { timeout: 120_000 });
  const said = (await answer.innerText()).length;
  await training.reach((await training.step()) + 2);
  // It has not come to its end meanwhile.
  await expect(page.getByTestId('floor-go')).toBeHidden();
  await expect.poll(async () => (await answer.innerText()).length, { timeout: 60_000 }).toBeGreaterThan(said + 20);
  expect([...training.complaints, ...visit.complaints]).toEqual([]);
});

test('a visitor teaches a large model a text through adapters, and keeps what it became', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await page.getByTestId('import-file').setInputFiles(file);
  await page.getByTestId('import-take').click({ timeout: 60_000 });
  await page.getByTestId('import-close').click({ timeout: 60_000 });
  await page.getByTestId('page-runs').click();
  await page.getByTestId('teach-guest').click();
  await expect(page.getByTestId('lesson-rank')).toHaveValue('8', { timeout: 60_000 });
  await page.getByTestId('lesson-text').fill(rhyme);
  for (const [setting, value] of Object.entries({ length: '32', batch: '2', steps: '3', learningRate: '0.003' })) {
    await page.getByTestId(`lesson-${setting}`).fill(value);
  }
  await expect(page.getByTestId('lesson-plan')).toContainText('adapters learn', { timeout: 60_000 });
  await page.getByTestId('lesson-main').click();
  await expect(page.getByTestId('lesson-course')).toHaveAttribute('data-step', '3', { timeout: 180_000 });
  const keep = page.getByTestId('lesson-keep');
  await expect(keep).toBeEnabled({ timeout: 60_000 });
  const loss = async (id: string) => Number(await page.getByTestId(id).getAttribute('data-loss'));
  expect(await loss('loss-training-now')).toBeLessThan(await loss('loss-training-before'));
  await keep.click();
  const models = page.getByTestId('guests').locator('li');
  await expect(models).toHaveCount(2, { timeout: 120_000 });
  await expect(models.filter({ hasText: '3 steps on' })).toContainText('540 MB');
  expect(visit.complaints).toEqual([]);
});
