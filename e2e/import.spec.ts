import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';
import { violations } from './axe';
import { TrainPage } from './train-page';

test('a visitor looks into a file, takes its models in, and is kept from a hostile one', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  const dialog = page.getByTestId('import-dialog');
  const description = page.getByTestId('import-description');
  const guests = page.getByTestId('guests').locator('li');
  await visit.open();
  await visit.train('tiny');
  await visit.becomes('finished', 120_000);

  const download = page.waitForEvent('download');
  await page.getByTestId('export-hf').click();
  const zip = readFileSync(await (await download).path());
  const offer = (name: string, buffer: Buffer) =>
    page.getByTestId('import-file').setInputFiles({ name, mimeType: 'application/zip', buffer });

  // What is in it is shown first; Cancel keeps nothing.
  await offer('mine.zip', zip);
  await expect(description).toContainText('mine: conversation');
  await expect(description).toContainText('this page: feedback agent, level tiny');
  await expect(description).toContainText('it fits here');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
  await page.getByTestId('import-cancel').click();
  await expect(dialog).toBeHidden();
  await page.getByTestId('page-runs').click();
  await expect(page.getByTestId('runs-table')).toBeVisible();
  await expect(guests).toHaveCount(0);

  // Dropped anywhere, it is taken in.
  const dropped = await page.evaluateHandle(
    (bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], 'mine.zip'));
      return data;
    },
    [...zip],
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
  await page.getByTestId('import-take').click();
  await expect(dialog).toContainText('on the Floor');
  await page.getByTestId('import-close').click();
  await expect(guests).toHaveCount(2);
  await expect(guests.first()).toContainText('tied head');

  // Named, deleted, brought back, and there after a reload.
  await guests.first().getByTestId('guest-name').click();
  await page.getByTestId('guest-name-input').fill('<b>My partner</b>');
  await page.keyboard.press('Enter');
  await expect(guests.filter({ hasText: '<b>My partner</b>' })).toHaveCount(1);
  await guests.filter({ hasText: 'My partner' }).getByTestId('remove-guest').click();
  await page.getByTestId('undo').click();
  await expect(page.getByTestId('undo-bar')).toBeHidden();
  await page.reload();
  await expect(guests.filter({ hasText: 'My partner' })).toHaveCount(1, { timeout: 60_000 });
  expect(await violations(page)).toEqual([]);

  // Hostile ones are refused by name, and the page goes on.
  const files = unzipSync(zip);
  const cut = { ...files, 'conversation/model.safetensors': files['conversation/model.safetensors'].subarray(0, 9000) };
  for (const [name, hostile, words] of [
    ['<img src=x onerror=alert(1)>.zip', zipSync(cut), 'model.safetensors'],
    ['up.zip', zipSync({ ...files, '../up.json': new Uint8Array(4) }), 'no path inside a folder'],
    ['no.zip', new TextEncoder().encode('this is no zip'), 'neither a .waltz file nor a zip'],
  ] as const) {
    await offer(name, Buffer.from(hostile));
    await expect(visit.problem).toContainText(`${name} was not imported`);
    await expect(visit.problem).toContainText(words);
    await page.getByTestId('problem-dismiss').click();
  }
  await expect(guests).toHaveCount(2);
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
  expect(visit.complaints).toEqual([]);
});
