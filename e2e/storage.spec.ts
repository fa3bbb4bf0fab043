import { expect, test, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { readRunArchive } from '../src/checkpoint/archive';
import { runFormat } from '../src/lab/run/run-format';
import { TrainPage } from './train-page';

// A page that is left may be brought back as it was, as visitors' browsers do.
test.use({
  launchOptions: [
    async ({ launchOptions }, use) => {
      await use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
    },
    { scope: 'worker' },
  ],
});

async function downloaded(page: Page, button: string): Promise<Uint8Array> {
  const download = page.waitForEvent('download');
  await page.getByTestId(button).click();
  return new Uint8Array(readFileSync(await (await download).path()));
}

test('what is kept is followed in another tab, outlives a deletion in mid-run, and leaves as one file', async ({
  page,
  context,
}) => {
  const visit = new TrainPage(page);
  await visit.open();
  await visit.train('quick');
  await visit.reach(1);

  // Another tab knows whose run it is, and offers none.
  const other = new TrainPage(await context.newPage());
  await other.page.goto('./#/runs');
  const row = other.page.getByTestId('runs-table').locator('tbody tr');
  await expect(row).toContainText('in another tab', { timeout: 60_000 });
  await expect(row.getByRole('button', { name: 'Open' })).toBeDisabled();
  await other.page.getByTestId('page-train').click();
  await expect(other.page.getByTestId('neighbour')).toContainText('is open in another tab');
  await expect(other.page.getByTestId('resume-card')).toBeHidden();

  // Everything is deleted under both: the run goes on, says so, and offers itself.
  const client = await context.newCDPSession(page);
  await client.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'all' });
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(visit.problem).toContainText('was deleted', { timeout: 60_000 });
  const file = await readRunArchive(await downloaded(page, 'problem-remedy'), runFormat);
  expect(file.metrics).toHaveLength(file.step);
  await visit.pause();
  const step = await visit.step();

  // A few steps are offered again after a reload, to the tab that made them.
  await page.reload();
  await expect(page.getByTestId('resume-card')).toContainText(`step ${step} of 60`, { timeout: 60_000 });
  await expect(other.page.getByTestId('neighbour')).toBeHidden();
  await other.page.close();

  // All of it as one file, which holds what can be taken in again.
  await page.getByTestId('page-runs').click();
  await expect(page.getByTestId('room-used')).toContainText('are used here');
  const zip = unzipSync(await downloaded(page, 'backup'));
  const [path] = Object.keys(zip);
  expect((await readRunArchive(zip[path], runFormat)).step).toBe(step);
  await expect(page.getByTestId('backup-made')).toContainText('1 run');

  // Left and brought back by the browser, the page works.
  await visit.ready();
  await page.evaluate(() => {
    Object.assign(window, { before: true });
  });
  await page.goto('about:blank');
  await page.goBack({ waitUntil: 'commit' });
  await expect.poll(() => page.evaluate(() => 'before' in window)).toBe(true);
  await page.getByTestId('run-name').click();
  await page.getByTestId('run-name-input').fill('After');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('run-name')).toContainText('After');
  expect([...visit.complaints, ...other.complaints]).toEqual([]);
});
