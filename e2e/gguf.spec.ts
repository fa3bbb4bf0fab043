import { expect, test } from '@playwright/test';
import { smallGguf } from '../tests/checkpoint/gguf/small-gguf';
import { TrainPage } from './train-page';

test('a visitor takes in a GGUF file, and is told what another file is', async ({ page }) => {
  const visit = new TrainPage(page);
  const description = page.getByTestId('import-description');
  await visit.open();
  const offer = (name: string, bytes: Uint8Array) =>
    page.getByTestId('import-file').setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes) });

  await offer('page.gguf', new TextEncoder().encode('<!doctype html><title>Not found</title>'));
  await expect(visit.problem).toContainText('does not begin with "GGUF"');
  await page.getByTestId('problem-dismiss').click();
  await offer('cut.gguf', smallGguf().slice(0, -1000));
  await expect(visit.problem).toContainText('it was cut off');
  await page.getByTestId('problem-dismiss').click();

  await offer('small.Q4_1.gguf', smallGguf());
  await expect(page.getByTestId('import-dialog')).toContainText('A GGUF model.');
  await expect(description).toContainText('small.Q4_1');
  await expect(description).toContainText('Llama, 2 layers of 16, 2 heads, 1 for keys and values, tied head');
  await expect(description).toContainText('F32');
  await page.getByTestId('import-take').click();
  await page.getByTestId('import-close').click();
  await page.getByTestId('page-runs').click();
  await expect(page.getByTestId('guests').locator('li')).toContainText('small.Q4_1');
  expect(visit.complaints).toEqual([]);
});
