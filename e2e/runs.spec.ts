import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { TrainPage } from './train-page';
import { violations } from './axe';

test('a visitor names, forks, compares, exports, deletes and brings back runs', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  const rows = page.getByTestId('runs-table').locator('tbody tr');
  const row = (name: string) => rows.filter({ hasText: name });
  const file = async (button: string) => {
    const download = page.waitForEvent('download');
    await page.getByTestId(button).click();
    return readFileSync(await (await download).path());
  };

  await visit.open();
  await page.getByTestId('page-runs').click();
  await expect(page.getByTestId('runs-empty')).toContainText('There are no runs here yet');
  await page.getByTestId('page-train').click();
  await visit.train('tiny');
  await visit.becomes('finished', 120_000);

  await page.getByTestId('page-runs').click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('4/4');

  // Escape leaves the name, Enter changes it.
  await page.getByTestId('run-name').click();
  await page.getByTestId('run-name-input').fill('not this');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('run-name')).toContainText('tiny · seed 1');
  await page.getByTestId('run-name').click();
  await page.getByTestId('run-name-input').fill('My first');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('run-name')).toContainText('My first');
  await expect(page.getByTestId('run-name')).toBeFocused();

  // A fork from the end of stage 1 goes on, paused, with a longer stage 2.
  await page.getByTestId('fork').click();
  await page.getByTestId('fork-2').check();
  await page.getByTestId('fork-two').fill('3');
  await page.getByTestId('fork-confirm').click();
  const fork = row('My first · from step 2');
  await expect(fork).toContainText('2/5');
  await fork.getByRole('button', { name: 'Open' }).click();
  await visit.becomes('paused');
  expect(await visit.step()).toBe(2);
  await page.getByTestId('step').click();
  await visit.reach(3);
  await visit.becomes('paused');
  await page.getByTestId('page-runs').click();
  await expect(fork).toContainText('3/5', { timeout: 30_000 });

  // Two side by side, by keyboard: shift and an arrow key take the next one too.
  await rows.first().getByRole('checkbox').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByTestId('overlay')).toBeVisible();
  await expect(page.getByTestId('overlay')).toContainText('My first');
  await expect(page.getByTestId('differs-stages.two')).toContainText('3');
  await expect(page.getByTestId('compared-masked')).toContainText('%');
  await page.getByTestId('measure').selectOption('asr');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }

  const csv = (await file('csv-evaluations')).toString().trim().split('\r\n');
  expect(csv[0]).toBe('name,step,split,temperature,set,metric,rate,low,high,n,run');
  expect(csv).toHaveLength(1 + 2 * 9);
  const list = JSON.parse((await file('json-runs')).toString()) as { name: string; steps: number }[];
  expect(list.map(({ name, steps }) => [name, steps])).toContainEqual(['My first · from step 2', 5]);
  expect((await file('svg-paths')).toString()).toContain('xmlns="http://www.w3.org/2000/svg"');
  expect((await file('png-curves-asr')).subarray(1, 4).toString()).toBe('PNG');

  // Deleted and brought back, the current run too; the marks outlive a reload.
  await row('My first').last().getByTestId('pin').click();
  await fork.getByTestId('remove-run').click();
  await expect(page.getByTestId('undo')).toBeFocused();
  await expect(rows).toHaveCount(1);
  await page.getByTestId('undo').click();
  await expect(rows).toHaveCount(2);
  await fork.getByTestId('remove-run').click();
  await expect(rows).toHaveCount(1);
  await page.reload();
  await expect(rows).toHaveCount(1, { timeout: 60_000 });
  await expect(rows.getByTestId('pin')).toHaveAttribute('aria-pressed', 'true');
  await page.getByTestId('removed-runs').locator('summary').click();
  await page.getByRole('button', { name: /^Bring back/ }).click();
  await expect(fork).toContainText('3/5');

  await page.setViewportSize({ width: 360, height: 740 });
  const { content, width } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    width: innerWidth,
  }));
  expect(content).toBeLessThanOrEqual(width);
  expect(visit.complaints).toEqual([]);
});
