import { expect, test, type Response } from '@playwright/test';
import { gzipSync } from 'node:zlib';
import { TrainPage } from './train-page';

/** Scripts that a page fetched so far, by the part of their name that people chose, in gzipped bytes. */
async function scriptsOf(visit: TrainPage, work: () => Promise<void>): Promise<Record<string, number>> {
  const responses: Response[] = [];
  const note = (response: Response) => void responses.push(response);
  visit.page.on('response', note);
  await work();
  visit.page.off('response', note);
  const named = responses.map((response) => [/([^/]+)-[\w-]{8}\.js$/.exec(response.url())?.[1], response] as const);
  const sizes = named
    .filter(([name]) => name !== undefined)
    .map(async ([name, response]) => [name, gzipSync(await response.body()).length] as const);
  return Object.fromEntries(await Promise.all(sizes)) as Record<string, number>;
}

test('the first page is light, and everything else comes when it is asked for', async ({ page }) => {
  const visit = new TrainPage(page);
  const { trainer, ...scripts } = await scriptsOf(visit, () => visit.open());
  expect(trainer).toBeGreaterThan(0);
  const bytes = Object.values(scripts).reduce((sum, one) => sum + one, 0);
  test.info().annotations.push({ type: 'kB gzipped', description: `${bytes / 1000}, its worker ${trainer / 1000}` });
  expect(bytes).toBeLessThanOrEqual(200_000);
  for (const file of Object.keys(scripts)) expect(file).not.toMatch(/^ort|Page$|Dialog$/);
  const later = page.waitForRequest(/FloorPage-[^/]*\.js$/);
  await page.getByTestId('page-floor').click();
  await later;
  await expect(page.getByTestId('floor-go')).toBeVisible();
  expect(visit.complaints).toEqual([]);
});
