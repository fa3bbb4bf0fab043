import { expect, test } from '@playwright/test';
import { gzipSync } from 'node:zlib';
import { TrainPage } from './train-page';

/** Scripts that were fetched, by the part of their name that people chose, in gzipped bytes. */
async function fetched(visit: TrainPage, work: () => Promise<void>): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const reading: Promise<void>[] = [];
  visit.page.on('response', (response) => {
    const file = /([^/]+)-[\w-]{8}\.js$/.exec(response.url())?.[1];
    if (file === undefined) return;
    reading.push(response.body().then((body) => void sizes.set(file, gzipSync(body).length)));
  });
  await work();
  await Promise.all(reading);
  return sizes;
}

test('the first page is light, and everything else comes when it is asked for', async ({ page }) => {
  const visit = new TrainPage(page);
  const first = await fetched(visit, () => visit.open());
  const { trainer, ...scripts } = Object.fromEntries(first);
  expect(trainer).toBeGreaterThan(0);
  const bytes = Object.values(scripts).reduce((sum, one) => sum + one, 0);
  test.info().annotations.push({ type: 'kB gzipped', description: `${bytes / 1000}, its worker ${trainer / 1000}` });
  expect(bytes).toBeLessThanOrEqual(200_000);
  for (const file of first.keys()) expect(file).not.toMatch(/^ort|Page$|Dialog$/);
  const later = await fetched(visit, () => page.getByTestId('page-floor').click());
  await expect(page.getByTestId('floor-go')).toBeVisible();
  await expect.poll(() => [...later.keys()]).toContain('FloorPage');
  expect(visit.complaints).toEqual([]);
});
