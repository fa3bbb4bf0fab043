import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { readRunArchive } from '../../src/checkpoint/archive';
import { runFormat } from '../../src/lab/run/run-format';
import { essence } from '../train-page';
import { canBeFetched, firefox, FirefoxPage, launchFirefox } from './firefox-page';

test.skip(firefox === null && !canBeFetched, 'This machine has no Firefox, and no apt that brings one.');

const read = async (path: string) => await readRunArchive(new Uint8Array(readFileSync(path)), runFormat);

test('a visitor with Firefox trains to the end, exports the run and takes it in elsewhere', async ({ baseURL }) => {
  if (firefox === null)
    throw new Error('There is no Firefox, and apt did not bring one: see the beginning of npm test.');
  const downloads = test.info().outputPath('downloads');
  const browser = await launchFirefox(firefox, downloads);
  try {
    const visit = new FirefoxPage(await browser.newPage(), downloads);
    await visit.page.goto(baseURL!);
    await expect.poll(() => visit.text('adapter'), { timeout: 240_000 }).toContain('self-check ok');
    await visit.choose('preset', 'quick');
    await visit.click('train');
    await visit.becomes('finished', 300_000);
    const exported = await visit.download('export');
    const run = await read(exported);
    expect(run.step).toBe(60);
    expect(run.metrics).toHaveLength(60);
    const [first, last] = [run.evaluations[0], run.evaluations.at(-1)!];
    // What was learned here shows, as it does in Chromium.
    expect((first.asr + first.orr - last.asr - last.orr) / 2).toBeGreaterThanOrEqual(0.1);

    // Another profile's store is empty.
    const elsewhere = await browser.createBrowserContext();
    const other = new FirefoxPage(await elsewhere.newPage(), downloads);
    await other.page.goto(baseURL!);
    await expect.poll(() => other.text('adapter'), { timeout: 240_000 }).toContain('self-check ok');
    await other.offer('import-file', exported);
    await other.click('import-take');
    await other.becomes('finished', 60_000);
    expect(await other.text('step-count')).toBe('60');
    expect(essence(await read(await other.download('export')))).toEqual(essence(run));
    expect([...visit.complaints, ...other.complaints]).toEqual([]);
  } finally {
    await browser.close();
  }
});
