import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import type { performanceDocument } from '../src/ui/performance/document';
import { TrainPage } from './train-page';
import { violations } from './axe';

test('a visitor sees what a step costs, and takes it home', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  await visit.open();
  await page.getByTestId('preset').selectOption('tiny');
  await page.keyboard.press('p');
  await expect(page.getByTestId('performance-empty')).toBeVisible();
  await expect(page.getByTestId('performance-export')).toBeDisabled();

  // The run of four steps, watched from the first one on.
  await page.getByTestId('performance-train').click();
  await visit.becomes('finished', 120_000);
  await expect(page.getByTestId('performance-step')).toContainText(/step 4 · .*\sms/);
  for (const phase of ['answers', 'feedback', 'update-conversation', 'update-feedback']) {
    await expect(page.getByTestId(`phase-${phase}`)).toBeVisible();
  }
  await expect(page.getByTestId('count-dispatches')).toContainText(/^\d+$/);
  await expect(page.getByTestId('product-share')).toContainText('%');
  await expect(page.getByTestId('copy-bandwidth')).toContainText('B/s');
  await expect(page.getByTestId('memory-total')).toContainText('MB in buffers');
  await expect(page.getByTestId('kernel-training')).toBeVisible();

  await page.getByTestId('trials').locator('summary').click();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }

  const download = page.waitForEvent('download');
  await page.getByTestId('performance-export').click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^tiny.*-performance-step-4\.json$/);
  const text = readFileSync(await file.path(), 'utf8');
  const { step, kernels, earlier, preset, build, adapter, date } = JSON.parse(text) as ReturnType<
    typeof performanceDocument
  >;
  expect({ preset, step: step.step, earlier: earlier.map((each) => each.step) }).toEqual({
    ...{ preset: 'tiny', step: 4, earlier: [1, 2, 3] },
  });
  expect(build).toMatch(/^\d+\.\d+/);
  expect(adapter?.description).not.toBe('');
  expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(60_000);
  const { dispatches, submits, readbacks, bytesRead, bytesWritten } = step.counts;
  for (const count of [dispatches, submits, readbacks, bytesRead, bytesWritten]) expect(count).toBeGreaterThan(0);
  const sum = Object.values(step.phases).reduce((all, phase) => all + phase.dispatches, 0);
  expect(sum).toBe(dispatches);
  for (const number of [step.wall, step.flops, step.copyBandwidth, step.peakBytes]) expect(number).toBeGreaterThan(0);
  expect(kernels.map(({ role }) => role)).toEqual([
    ...['training', 'decoding', 'few', 'gradient', 'generation', 'generationFew'],
  ]);
  expect(visit.complaints).toEqual([]);
});

test('a visitor chooses the kernels of the next run, and the choice is remembered', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await page.getByTestId('preset').selectOption('tiny');
  await page.getByTestId('open-performance').click();
  await page.getByTestId('kernels').getByText('plain', { exact: true }).click();
  await page.getByTestId('performance-train').click();
  const plain = page.getByTestId('kernel-decoding').locator('code');
  await expect(plain).toHaveText('8x8/1', { timeout: 60_000 });
  await visit.becomes('finished', 120_000);

  await page.getByTestId('time-again').click();
  await expect(page.getByTestId('kernels-note')).toContainText('Forgotten');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('performance')).toBeHidden();
  await expect(page.getByTestId('open-performance')).toBeFocused();

  await page.reload();
  await page.getByTestId('open-performance').click();
  await expect(page.getByTestId('kernels-plain')).toBeChecked();
  expect(visit.complaints).toEqual([]);
});

test('the keyboard goes with the panel, from the commands too, and the page still listens', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await page.keyboard.press('/');
  await page.getByTestId('palette-input').fill('performance');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('performance')).toBeFocused();
  await page.keyboard.press('p');
  await expect(page.getByTestId('performance')).toBeHidden();
});

test('the panel fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const visit = new TrainPage(page);
  await visit.open();
  await page.getByTestId('preset').selectOption('tiny');
  await page.keyboard.press('p');
  await page.getByTestId('performance-train').click();
  await expect(page.getByTestId('phases')).toBeVisible({ timeout: 60_000 });
  const { content, width } = await page.getByTestId('performance').evaluate((dock) => ({
    content: dock.scrollWidth,
    width: dock.clientWidth,
  }));
  expect(content).toBeLessThanOrEqual(width);
});
