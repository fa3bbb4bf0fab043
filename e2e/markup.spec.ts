import { expect, test } from '@playwright/test';
import { packZip } from '../src/checkpoint/zip';
import { presets } from '../src/lab/config';
import { runFormat } from '../src/lab/run/run-format';
import { ownFolder } from '../tests/checkpoint/guest-folder';
import { TrainPage } from './train-page';

const MARKUP = '<img src=x onerror="window.struck=1"><b>bold</b>';

test('names and prompts with markup are shown as text, wherever they stand', async ({ page }) => {
  const visit = new TrainPage(page);
  const struck: string[] = [];
  const look = async (where: string) => {
    const found = await page.evaluate(() => 'struck' in window || document.querySelector('img[src="x"]') !== null);
    if (found) struck.push(where);
  };
  const file = (ending: string, buffer: Buffer) => ({
    ...{ name: `${MARKUP.replaceAll('/', '')}.${ending}`, mimeType: 'application/octet-stream', buffer },
  });
  await page.goto('./#/runs');
  await expect(page.getByTestId('runs-empty')).toContainText('There are no runs here yet');

  // None of this needs a GPU: two runs as they are kept, and a dialogue.
  const provenance = { adapter: MARKUP, build: MARKUP, variants: {} };
  const head = {
    ...{ name: MARKUP, config: presets.tiny, configVersion: runFormat.configVersion, provenance, milestones: [] },
    ...{
      step: 0,
      finished: false,
      savedAt: 1,
      metrics: 0,
      evaluations: 0,
      measured: 0,
      pinned: false,
      removedAt: null,
    },
  };
  const settings = { prompt: MARKUP };
  const dialogue = { format: 'waltz-dialogue', version: 1, date: MARKUP, settings, truth: null, dances: [] };
  await page.evaluate(
    async ({ heads, dialogues }) => {
      localStorage.setItem('waltz.floor', JSON.stringify(dialogues));
      const opening = indexedDB.open('waltz');
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const transaction = opening.result.transaction('heads', 'readwrite');
      for (const one of heads) transaction.objectStore('heads').put(one);
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      opening.result.close();
    },
    { heads: ['a', 'b'].map((run) => ({ ...head, run })), dialogues: [dialogue] },
  );
  await page.reload();
  await expect(page.getByTestId('runs-table').locator('tbody tr')).toHaveCount(2, { timeout: 60_000 });
  await page.getByTestId('choose-all').check();
  await expect(page.getByTestId('overlay')).toContainText(MARKUP);
  await look('Runs');
  await page.getByTestId('remove-run').first().click();
  await expect(page.getByTestId('undo-bar')).toContainText(MARKUP);
  await look('the bar that brings back');

  await page.getByTestId('import-file').setInputFiles(file('zip', Buffer.from(packZip(ownFolder()))));
  await expect(page.getByTestId('import-description')).toContainText('<img src=x', { timeout: 60_000 });
  await look('the import');
  await page.getByTestId('import-take').click();
  await page.getByTestId('import-close').click();
  await expect(page.getByTestId('guests')).toContainText('<img src=x');

  await page.getByTestId('page-measure').click();
  const csv = `prompt,label\n"${MARKUP.replaceAll('"', '""')}",safe\n`;
  await page.getByTestId('measure-files').setInputFiles(file('csv', Buffer.from(csv)));
  await expect(page.getByText(MARKUP).first()).toBeVisible();
  await look('Measure');

  await page.getByTestId('page-floor').click();
  await expect(page.getByTestId('kept-dialogues')).toContainText(MARKUP);
  await look('Floor');
  expect(struck).toEqual([]);
  expect(visit.complaints).toEqual([]);
});
