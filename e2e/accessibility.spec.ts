import { expect, test } from '@playwright/test';
import { TrainPage } from './train-page';
import { violations } from './axe';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in the ${colorScheme} theme`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const visit = new TrainPage(page);
    await visit.open();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('?');
    await expect(page.getByTestId('help')).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}

test('everything is reached by keyboard', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await page.keyboard.press('/');
  await expect(page.getByTestId('palette')).toBeVisible();
  await page.getByTestId('palette-input').fill('theme');
  const theme = await page.evaluate(() => document.documentElement.dataset['theme']);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).not.toBe(theme);
  await expect(page.getByTestId('palette')).toBeHidden();
});

test('nothing is cut off at 360 pixels', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const visit = new TrainPage(page);
  await visit.open();
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: innerWidth,
  }));
  expect(content).toBeLessThanOrEqual(window);
  const order = await Promise.all(
    ['dance-panel', 'plane-panel', 'experiment'].map(async (id) => (await page.getByTestId(id).boundingBox())!.y),
  );
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});
