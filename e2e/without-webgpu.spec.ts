import { expect, test } from '@playwright/test';
import { resolve } from 'node:path';
import { FileServer } from './file-server';
import { TrainPage } from './train-page';

/** Milliseconds from Train to the end of a quick run. */
const PATIENCE = 90_000;

/** Presses Train, and has a run that ends better than it began. */
async function trains(visit: TrainPage): Promise<void> {
  await visit.train('quick');
  await visit.becomes('finished', PATIENCE);
  const { run } = await visit.export();
  const [first, last] = [run.evaluations[0], run.evaluations.at(-1)!];
  expect(run.step).toBe(60);
  expect(run.provenance.backend).toBe('CPU');
  // Unsafe answers and needless refusals: both are to fall, and are far from chance.
  expect(last.asr + last.orr).toBeLessThan(0.75 * (first.asr + first.orr));
}

test('without WebGPU the page says what computes and what would be faster, and trains', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await expect(page.getByTestId('adapter')).toHaveAttribute('data-backend', 'CPU');
  await expect(page.getByTestId('adapter')).toContainText(/[2-9]\d* threads/);
  const notice = page.getByTestId('on-processor');
  await expect(notice).toContainText('processor');
  await notice.locator('summary').click();
  await expect(notice).toContainText(/Chrome|hardware acceleration/);
  await trains(visit);

  // The panel says the same, and what a step takes.
  await page.getByTestId('open-performance').click();
  await expect(page.getByTestId('backend-note')).toContainText('ONNX Runtime');
  await expect(page.getByTestId('kernels')).toBeHidden();
  expect(visit.complaints).toEqual([]);
});

test('a page that no host isolates trains on one thread, and says why', async ({ page }) => {
  const server = await FileServer.start(resolve('dist'), '/');
  try {
    const visit = new TrainPage(page);
    await page.goto(server.address);
    await visit.ready();
    await expect(page.getByTestId('adapter')).toContainText('1 thread');
    await page.getByTestId('on-processor').locator('summary').click();
    await expect(page.getByTestId('on-processor')).toContainText('does not isolate the page');
    await trains(visit);
    expect(visit.complaints).toEqual([]);
  } finally {
    server.close();
  }
});

test('whoever wishes for the GPU is told that there is none, and comes back', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await page.getByTestId('open-performance').click();
  await page.getByTestId('backend').getByText('GPU', { exact: true }).click();
  await expect(visit.problem).toContainText('nothing to run on');
  await expect(visit.problem).toContainText('hardware acceleration');
  await page.getByTestId('backend').getByText('the faster').click();
  await visit.ready();
  await expect(visit.problem).toBeHidden();
  expect(visit.complaints).toEqual([]);
});
