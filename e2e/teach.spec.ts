import { expect, test } from '@playwright/test';
import { zipSync } from 'fflate';
import { readdirSync, readFileSync } from 'node:fs';
import { storiesAreHere, storiesFolder } from '../tests/oracle/stories';
import { rhyme } from '../tests/lab/teaching/rhyme';
import { violations } from './axe';
import { TrainPage } from './train-page';

test.skip(!storiesAreHere, 'the public story model lies beside the repository');

test('a visitor teaches an imported model a text, and keeps what it became', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  await visit.open('#/runs');
  const zip = zipSync(
    Object.fromEntries(readdirSync(storiesFolder).map((name) => [name, readFileSync(storiesFolder + name)])),
  );
  await visit.import({ name: 'stories260k.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) });
  await page.getByTestId('import-close').click();
  const guests = page.getByTestId('guests').locator('li');
  await expect(guests).toHaveCount(1);
  await guests.getByTestId('teach-guest').click();
  const dialog = page.getByTestId('teach-dialog');
  await expect(dialog).toContainText('Teach “stories260k” a text');

  // What is no text is refused by name; one comes from a file.
  const text = page.getByTestId('lesson-text');
  const file = page.getByTestId('lesson-file');
  await file.setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from([0xff, 0xfe]) });
  await expect(page.getByTestId('lesson-problem')).toContainText('not plain text in UTF-8');
  await text.fill('Once.');
  await expect(page.getByTestId('lesson-plan')).toContainText('needs 20');
  const main = page.getByTestId('lesson-main');
  await expect(main).toBeDisabled();
  await file.setInputFiles({ name: 'rhyme.txt', mimeType: 'text/plain', buffer: Buffer.from(rhyme) });
  await expect(text).toHaveValue(rhyme);
  await expect(page.getByTestId('lesson-problem')).toHaveCount(0);

  await page.getByTestId('lesson-length').fill('48');
  await page.getByTestId('lesson-batch').fill('3');
  await page.getByTestId('lesson-steps').fill('8');
  await page.getByTestId('lesson-learningRate').fill('0.003');
  await expect(page.getByTestId('lesson-plan')).toContainText('held out');
  await expect(main).toHaveText('Teach');
  await main.click();
  const course = page.getByTestId('lesson-course');
  await expect(course).toHaveAttribute('data-step', '8', { timeout: 40_000 });
  const keep = page.getByTestId('lesson-keep');
  await expect(keep).toBeEnabled({ timeout: 20_000 });
  const loss = async (id: string) => Number(await page.getByTestId(id).getAttribute('data-loss'));
  expect(await loss('loss-training-now')).toBeLessThan(0.9 * (await loss('loss-training-before')));
  expect(await loss('loss-heldOut-before')).toBeGreaterThan(0);
  await expect(page.getByTestId('curve-loss')).toBeVisible();

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  await keep.click();
  const name = 'stories260k, 8 steps on “The owl and the otter w…”';
  await expect(page.getByTestId('lesson-kept')).toContainText(name);
  await expect(guests).toHaveCount(2);
  await expect(guests.first()).toContainText(name);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(guests.last().getByTestId('teach-guest')).toBeFocused();

  // On the floor at once, where the visitor alone can advise it.
  await page.getByTestId('page-floor').click();
  const models = page.getByTestId('model-conversation-0');
  await expect(models.locator('option')).toContainText([name, 'stories260k']);
  await models.selectOption({ label: name });
  await expect(page.getByTestId('model-feedback-0').locator('option')).toHaveText(['nobody']);
  await page.getByTestId('floor-prompt').fill('The owl and the');
  await page.getByTestId('floor-go').click();
  await page.getByTestId('write-feedback').click({ timeout: 60_000 });
  await page.getByTestId('own-unsafe').check();
  await page.getByTestId('own-advice').fill('Tell it again.');
  await page.getByTestId('own-send').click();
  await expect(page.getByTestId('floor-beat-2')).toBeVisible();
  await expect(page.getByTestId('floor-go')).toBeEnabled({ timeout: 60_000 });
  await expect(page.getByTestId('floor-problem')).toHaveCount(0);
  expect(visit.complaints).toEqual([]);
});
