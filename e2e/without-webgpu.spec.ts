import { expect, test } from '@playwright/test';
import { TrainPage } from './train-page';

test('without WebGPU the page says so, says what to do, and still plays the recorded run', async ({ page }) => {
  const visit = new TrainPage(page);
  await page.goto('./');
  const panel = page.getByTestId('no-webgpu').or(visit.problem);
  await expect(panel).toBeVisible();
  await expect(panel).toContainText(/Chrome|hardware acceleration/);
  await expect(page.getByTestId('recorded-label')).toBeVisible();
  await expect(page.getByTestId('dance')).toBeVisible();
  await expect(page.getByTestId('train')).toBeDisabled();
  expect(visit.complaints).toEqual([]);
});
