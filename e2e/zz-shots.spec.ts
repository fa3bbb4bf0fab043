import { expect, test } from '@playwright/test';
import { TrainPage } from './train-page';

test('train', async ({ page }) => {
  test.setTimeout(580_000);
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  await visit.open('');
  await visit.train('tiny');
  await visit.becomes('finished', 200_000);
  await page.getByTestId('evaluate').click();
  await expect(page.getByTestId('curve')).toBeVisible({ timeout: 480_000 });
  await page.screenshot({ path: '/tmp/shots/train-1440.png', fullPage: true });
  await page.setViewportSize({ width: 1024, height: 1000 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.screenshot({ path: '/tmp/shots/train-1024.png', fullPage: true });
  console.log(visit.complaints);
});
