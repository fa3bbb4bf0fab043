import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { ownFolder, withJson } from '../tests/checkpoint/guest-folder';
import { TrainPage } from './train-page';

/** Harmless on words; on sixty letters in a row it would take longer than anybody's life. */
const slowly = { type: 'Split', pattern: { Regex: 'a*a*a*a*a*a*a*Z' }, behavior: 'Isolated', invert: false };

/** A model of a stranger's in a zip, with another tokenizer. */
function zipped(name: string, change: (tokenizer: Record<string, unknown>) => unknown) {
  const files = withJson(ownFolder(), 'tokenizer.json', change);
  const inFolder = Object.fromEntries(Object.entries(files).map(([file, bytes]) => [`${name}/${file}`, bytes]));
  return { name: `${name}.zip`, mimeType: 'application/zip', buffer: Buffer.from(zipSync(inFolder)) };
}

test('a stranger’s tokenizer is refused or ended by name, while a run beside it makes steps', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await visit.train('quick');
  await visit.becomes('running', 120_000);
  await visit.reach(1);

  // One that could not be tried in a lifetime.
  const hostile = readFileSync('../shared/cases/tokenizer/regex-that-counts.json', 'utf8');
  const before = await visit.step();
  await page.getByTestId('import-file').setInputFiles(zipped('counting', () => JSON.parse(hostile) as unknown));
  await expect(visit.problem).toContainText('counting.zip was not imported', { timeout: 10_000 });
  await page.getByTestId('problem-dismiss').click();
  await visit.reach(before + 1);

  // One that passes every trial, and hangs on what a visitor writes.
  await page.getByTestId('import-file').setInputFiles(
    zipped('slow', (json) => {
      return { ...json, pre_tokenizer: { type: 'Sequence', pretokenizers: [slowly, json['pre_tokenizer']] } };
    }),
  );
  await page.getByTestId('import-take').click();
  await page.getByTestId('import-close').click();
  await page.getByTestId('page-floor').click();
  const go = page.getByTestId('floor-go');
  await page.getByTestId('model-conversation-0').selectOption({ label: 'slow' });
  await page.getByTestId('floor-prompt').fill('how do i dance');
  await go.click();
  await expect(page.getByTestId('floor-beat-0')).toBeVisible({ timeout: 60_000 });
  await expect(go).toBeEnabled({ timeout: 60_000 });
  await page.getByTestId('floor-prompt').fill('a'.repeat(60));
  await go.click();
  const problem = page.getByTestId('floor-problem');
  await expect(problem).toContainText('“slow” did not come to an end', { timeout: 20_000 });

  // The Floor goes on, and the run has.
  await page.getByTestId('floor-prompt').fill('how do i dance');
  await go.click();
  await expect(problem).toHaveCount(0);
  await expect(page.getByTestId('floor-beat-0')).toBeVisible({ timeout: 60_000 });
  await page.getByTestId('page-train').click();
  await visit.reach(before + 3);
  expect(visit.complaints).toEqual([]);
});
