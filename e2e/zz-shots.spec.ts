import { expect, test } from '@playwright/test';
import { TrainPage } from './train-page';

test('reproduce', async ({ page }) => {
  test.setTimeout(280_000);
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  await visit.open('#/reproduce');
  await page.getByTestId('choose-table7').check({ force: true }).catch(() => undefined);
  await page.getByTestId('results-file').setInputFiles('/tmp/results.jsonl');
  await expect(page.getByTestId('kept-results').locator('tbody tr')).not.toHaveCount(0, { timeout: 60_000 });
  await page.waitForTimeout(2000);
  for (const id of ['weak-table1']) await page.getByTestId(id).locator('summary').click();
  await page.locator('details:has([data-testid=paired-table1]), details:has-text("Which is right")').first().locator('summary').click();
  await page.screenshot({ path: '/tmp/shots/reproduce-1440.png', fullPage: true });
  await page.setViewportSize({ width: 390, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.screenshot({ path: '/tmp/shots/reproduce-390.png', fullPage: true });
  console.log(visit.complaints);
});

test('train', async ({ page }) => {
  test.setTimeout(280_000);
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  await visit.open('');
  await visit.train('tiny');
  await visit.becomes('finished', 200_000);
  await page.getByTestId('evaluate").click();
  await expect(page.getByTestId('curve')).toBeVisible({ timeout: 200_000 });
  await page.screenshot({ path: '/tmp/shots/train-1440.png', fullPage: true });
  await page.setViewportSize({ width: 1024, height: 1000 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.screenshot({ path: '/tmp/shots/train-1024.png', fullPage: true });
  console.log(visit.complaints);
});
