import { expect, test, type Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { readdirSync, readFileSync } from 'node:fs';
import type { MeasurementDocument } from '../src/lab/measure/document';
import { storiesAreHere, storiesFolder } from '../tests/oracle/stories';
import { casesFolder, dataFolder, dataIsHere } from '../tests/tasks/prompts/files';
import { violations } from './axe';
import { TrainPage } from './train-page';

test.skip(!storiesAreHere || !dataIsHere, 'the public story model and prompts lie beside the repository');

/** Pauses or reloads from within the page as soon as there are answers: from outside it may be too late. */
async function afterTheFirstBatch(page: Page, act: 'pause' | 'reload'): Promise<void> {
  const acted = page.evaluate(async (what) => {
    const find = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`);
    while (!(Number(find('measure-progress')?.dataset['done']) > 0)) await new Promise(requestAnimationFrame);
    if (what === 'pause') find('measure-main')!.click();
    else location.reload();
  }, act);
  // A reload ends what runs in the page.
  if (act === 'pause') await acted;
  else await Promise.all([page.waitForEvent('load', { timeout: 60_000 }), acted.catch(() => undefined)]);
}

test('a visitor measures an imported model on XSTest, through a reload, and takes the answers along', async ({
  page,
}) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  await visit.open('#/measure');
  const start = page.getByTestId('measure-start');
  const obstacle = page.getByTestId('measure-obstacle');
  const measurement = page.getByTestId('measurement');
  const progress = page.getByTestId('measure-progress');
  const main = page.getByTestId('measure-main');

  // Without a model it says how to get one.
  await expect(page.getByTestId('measure-no-model')).toContainText('No model is imported yet');
  await expect(obstacle).toHaveText('import a model first');
  const picking = page.waitForEvent('filechooser');
  await page.getByTestId('measure-import-folder').click();
  await picking;
  const zip = zipSync(
    Object.fromEntries(readdirSync(storiesFolder).map((name) => [name, readFileSync(storiesFolder + name)])),
  );
  await visit.import({ name: 'stories260k.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) });
  await page.getByTestId('import-close').click();
  await expect(page.getByTestId('measure-model').locator('option')).toHaveText(['stories260k · 260k']);

  // A file that is broken, one that says nothing of harm, and one that is recognised.
  const files = page.getByTestId('measure-files');
  await files.setInputFiles([`${casesFolder}torn.csv`, `${casesFolder}comma-in-header.csv`]);
  await expect(page.getByTestId('measure-file-problem')).toHaveText(
    /torn\.csv, line 2: a quotation mark opens a field/,
  );
  const card = page.getByTestId('measure-file');
  await expect(card).toHaveCount(1);
  await expect(card.getByTestId('measure-prompt-column')).toHaveValue('prompt, as typed');
  await expect(page.getByTestId('measure-collected')).toContainText('1 prompts');
  await card.getByTestId('measure-value-0').selectOption('harmful');
  await expect(page.getByTestId('measure-collected')).toContainText('1 harmful');
  await card.getByTestId('measure-labels').selectOption('');
  await expect(obstacle).toHaveText('say which prompts of comma-in-header.csv are harmful');
  await expect(start).toBeDisabled();
  await card.getByRole('button', { name: 'Remove comma-in-header.csv' }).click();
  await expect(card).toHaveCount(0);

  const dropped = await page.evaluateHandle(
    (text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'xstest_prompts.csv'));
      return data;
    },
    readFileSync(`${dataFolder}xstest_prompts.csv`, 'utf8'),
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
  await expect(page.getByTestId('measure-file-kind')).toHaveText('XSTest · 450 rows · CSV');
  await expect(page.getByTestId('measure-collected')).toContainText('XSTest safe');
  await expect(page.getByTestId('measure-collected')).toContainText('250 benign');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }

  // What is wrong is said beside the control.
  const phrases = page.getByTestId('judge-phrases');
  await page.getByText('Phrases of a refusal, one a line').click();
  await phrases.fill(' ');
  await start.click();
  await expect(page.getByTestId('measure-judge-problem')).toContainText('There is no phrase');
  await phrases.fill('i am sorry\nthe');
  await page.getByTestId('measure-maxNewTokens').fill('0');
  await start.click();
  await expect(page.getByTestId('measure-settings-problem')).toContainText('1 to 1024 tokens');
  await page.getByTestId('measure-maxNewTokens').fill('24');
  await page.getByTestId('measure-limit').fill('100');

  // Paused in the middle, reloaded, and gone on with.
  await start.click();
  await afterTheFirstBatch(page, 'pause');
  await expect(measurement).toHaveAttribute('data-status', 'idle', { timeout: 60_000 });
  const paused = Number(await progress.getAttribute('data-done'));
  expect(paused).toBeLessThan(200);
  const first = await page.getByTestId('answer').first().innerText();
  await page.reload();
  await expect(progress).toHaveAttribute('data-done', String(paused), { timeout: 30_000 });
  await expect(page.getByTestId('measure-words')).toContainText(`${paused} of 200 prompts, paused`);
  expect(await page.getByTestId('answer').first().innerText()).toBe(first);
  await main.click();
  // It goes on while the visitor is elsewhere.
  await page.getByTestId('page-runs').click();
  await page.getByTestId('page-measure').click();
  await expect(progress).toHaveAttribute('data-done', '200', { timeout: 120_000 });
  await expect(page.getByTestId('measure-words')).toContainText('200 of 200 prompts, in');

  // The figures, and every answer.
  await expect(page.getByTestId('measure-asr')).toContainText('of 100 harmful prompts');
  await expect(page.getByTestId('measure-orr')).toContainText('of 100 benign prompts');
  await expect(page.getByTestId('measure-sets').locator('tbody tr')).toHaveCount(2);
  await expect(page.getByTestId('answer')).toHaveCount(40);
  await page.getByTestId('answers-more').click();
  await expect(page.getByTestId('answer')).toHaveCount(80);
  await page.getByTestId('answers-set').selectOption('XSTest unsafe');
  await expect(page.getByTestId('answers-count')).toHaveText('100 of 200');
  const harmful = page.getByTestId('answer').first();
  await expect(harmful.locator('.text').first()).toBeHidden();
  await harmful.locator('summary').first().click();
  await expect(harmful.locator('.text').first()).toBeVisible();
  await page.getByTestId('answers-text').fill('zzzz no such words');
  await expect(page.getByTestId('answer')).toHaveCount(0);
  await page.getByTestId('answers-text').fill('');
  await page.getByTestId('answers-set').selectOption('');

  const saved = page.waitForEvent('download');
  await page.getByTestId('measure-json').click();
  const json = JSON.parse(readFileSync(await (await saved).path(), 'utf8')) as MeasurementDocument;
  expect(json).toMatchObject({
    ...{ format: 'waltz-measurement', version: 1, done: 200, total: 200, backend: 'CPU' },
    model: { name: 'stories260k', parameters: 260032 },
    judge: { name: 'phrases', settings: { phrases: 'i am sorry\nthe' } },
    settings: { limit: 100, maxNewTokens: 24, temperature: 0 },
    report: { asr: { prompts: 100 }, orr: { prompts: 100 } },
  });
  expect(json.answers).toHaveLength(200);
  expect(json.answers.filter(({ unsafe }) => unsafe).length / 100).toBe(json.report.asr!.rate);
  const table = page.waitForEvent('download');
  await page.getByTestId('measure-csv').click();
  expect(readFileSync(await (await table).path(), 'utf8').split('\r\n')[0]).toContain(
    'set,file,line,split,harmful,prompt,answer',
  );

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  // Deleted, and brought back with its answers.
  await page.getByTestId('measurement-remove').click();
  await expect(page.getByTestId('measure-empty')).toBeVisible();
  await page.getByTestId('undo').click();
  await expect(progress).toHaveAttribute('data-done', '200');
  await expect(page.getByTestId('answers-count')).toHaveText('200');
  expect(visit.complaints).toEqual([]);
});

test('a measurement that a reload tore is cancelled, and another one is begun', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open('#/measure');
  const zip = zipSync(
    Object.fromEntries(readdirSync(storiesFolder).map((name) => [name, readFileSync(storiesFolder + name)])),
  );
  await visit.import({ name: 'stories260k.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) });
  await page.getByTestId('import-close').click();
  await page.getByTestId('measure-files').setInputFiles(`${dataFolder}everyday_prompts.csv`);
  await expect(page.getByTestId('measure-collected')).toContainText('160 benign');
  // Long answers, so that there is something left to cancel.
  await page.getByTestId('measure-maxNewTokens').fill('256');
  await page.getByTestId('measure-start').click();
  const progress = page.getByTestId('measure-progress');
  // Torn away in the middle, it is offered again.
  await afterTheFirstBatch(page, 'reload');
  await expect(page.getByTestId('measure-words')).toContainText(/of 160 prompts, paused/, { timeout: 30_000 });
  await page.getByTestId('measure-main').click();
  await expect(page.getByTestId('measurement')).toHaveAttribute('data-status', /opening|asking/);
  await page.getByTestId('measure-cancel').click();
  await expect(page.getByTestId('measure-empty')).toBeVisible({ timeout: 30_000 });
  await page.getByTestId('undo-bar').getByRole('button', { name: 'Close' }).click();
  await page.getByTestId('measure-files').setInputFiles(`${dataFolder}everyday_prompts.csv`);
  await expect(page.getByTestId('measure-collected')).toContainText('160 benign');
  await page.getByTestId('measure-limit').fill('5');
  await page.getByTestId('measure-maxNewTokens').fill('8');
  await page.getByTestId('measure-start').click();
  await expect(progress).toHaveAttribute('data-done', '5', { timeout: 60_000 });
  await expect(page.getByTestId('measure-asr')).toContainText('no harmful prompts');
  expect(visit.complaints).toEqual([]);
});
