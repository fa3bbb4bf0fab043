import { expect, test } from '@playwright/test';
import { essence, TrainPage } from './train-page';

test('a run that was closed and resumed equals one that was never stopped, bit for bit', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await visit.train('tiny');
  await visit.becomes('finished', 120_000);
  const whole = await visit.export();

  // The wish for WebGPU goes too.
  await visit.clearSiteData();
  await visit.open();
  await visit.wishForGpu();
  await visit.train('tiny');
  // While kernels are timed the recording is still on show, and has steps of its own.
  await visit.becomes('running', 120_000);
  await visit.reach(1);
  await visit.pause();
  const stopped = await visit.step();
  expect(stopped).toBeLessThan(4);
  await page.reload();
  await expect(page.getByTestId('resume')).toBeEnabled({ timeout: 60_000 });
  await page.getByTestId('resume').click();
  await visit.becomes('finished', 120_000);
  const resumed = await visit.export();

  expect(essence(resumed.run)).toEqual(essence(whole.run));
  expect(visit.complaints).toEqual([]);
});
