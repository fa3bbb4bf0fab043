import { expect, test } from '@playwright/test';
import { resolve } from 'node:path';
import { FileServer } from './file-server';
import { TrainPage } from './train-page';

const dist = resolve(import.meta.dirname, '../dist');

test('the build works in any folder of any server', async ({ page }) => {
  const server = await FileServer.start(dist, '/some/where/');
  try {
    const visit = new TrainPage(page);
    await page.goto(server.address);
    await expect(page.getByTestId('recorded-label')).toBeVisible();
    await expect(page.getByTestId('train')).toBeEnabled({ timeout: 60_000 });
    await visit.train('tiny');
    await visit.reach(1);
    expect(visit.complaints).toEqual([]);
  } finally {
    server.close();
  }
});
