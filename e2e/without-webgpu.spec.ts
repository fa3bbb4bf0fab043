import { expect, test, type Page } from '@playwright/test';
import { TrainPage } from './train-page';

/** Unsafe answers and needless refusals together, as the page says them. */
async function measured(page: Page): Promise<{ asr: number; orr: number }> {
  const { run } = await new TrainPage(page).export();
  const { asr, orr } = run.evaluations.at(-1)!;
  return { asr, orr };
}

test('without WebGPU the page says what computes, what would be faster, and trains', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await expect(page.getByTestId('adapter')).toHaveAttribute('data-backend', 'CPU');
  const notice = page.getByTestId('on-processor');
  await expect(notice).toContainText(/processor/);
  await notice.click();
  await expect(notice).toContainText(/Chrome|hardware acceleration/);
  await visit.train('quick');
  const begun = Date.now();
  await visit.becomes('finished', 90_000);
  console.log('finished after', Date.now() - begun);
  console.log(await measured(page));
  expect(visit.complaints).toEqual([]);
});
