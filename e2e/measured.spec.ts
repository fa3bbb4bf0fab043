import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { violations } from './axe';
import { TrainPage } from './train-page';

test('what a visitor has measured stays with the run, and sets two runs side by side prompt by prompt', async ({
  page,
}) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  const rows = page.getByTestId('runs-table').locator('tbody tr');
  const fork = rows.filter({ hasText: 'from step 2' });
  const measure = async () => {
    await page.getByTestId('evaluate').click();
    await expect(page.getByTestId('curve')).toContainText('hypervolume', { timeout: 240_000 });
  };

  await visit.open();
  await visit.train('tiny');
  await visit.becomes('finished', 120_000);
  await page.getByTestId('page-runs').click();
  await page.getByTestId('fork').click();
  await page.getByTestId('fork-2').check();
  await page.getByTestId('fork-confirm').click();
  await expect(rows).toHaveCount(2);
  await rows.first().getByRole('checkbox').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByTestId('pairs-apart')).toContainText('measure 512 a set');

  await page.getByTestId('page-train').click();
  await measure();
  const asr = await page.getByTestId('asr').innerText();
  await page.reload();
  await visit.ready();
  await page.getByTestId('page-runs').click();
  await rows.filter({ hasNotText: 'from step 2' }).getByRole('button', { name: 'Open' }).click();
  await visit.becomes('finished');
  await expect(page.getByTestId('curve')).toContainText('hypervolume');
  await expect(page.getByTestId('asr')).toHaveText(asr);

  await page.getByTestId('page-runs').click();
  await fork.getByRole('button', { name: 'Open' }).click();
  await visit.becomes('paused');
  await expect(page.getByTestId('curve')).toHaveCount(0);
  await measure();
  await page.getByTestId('page-runs').click();
  await rows.first().getByRole('checkbox').focus();
  await page.keyboard.press('Shift+ArrowDown');
  const pair = page.getByTestId('pairs').locator('tbody tr');
  await expect(pair).toHaveCount(1);
  await expect(pair.locator('td').nth(2)).toHaveText(/^-?\d+\.\d \(-?\d+\.\d to -?\d+\.\d\)$/);
  await expect(page.getByTestId('pairs-apart')).toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByTestId('csv-pairs').click();
  const csv = readFileSync(await (await download).path(), 'utf8');
  expect(csv).toMatch(/^name,beside,both_right,only_this_right,only_the_other_right,neither_right,/);
  expect(await violations(page)).toEqual([]);
  expect(visit.complaints).toEqual([]);
});
