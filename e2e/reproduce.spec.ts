import { expect, test, type Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { RowSummary } from '../src/lab/reproduction/summary';
import { figure } from '../src/ui/format';
import type { tableDocument } from '../src/ui/reproduce/documents';
import { TrainPage } from './train-page';
import { violations } from './axe';

const PROMPTS = 4;
const root = resolve(import.meta.dirname, '..');

/** The rows of Table 1 as the command line makes them. */
async function headless(): Promise<RowSummary[]> {
  const out = mkdtempSync(join(tmpdir(), 'waltz-reproduce-'));
  const options = ['table1', '--preset', 'tiny', '--seeds', '1', '--prompts', String(PROMPTS)];
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'cli/waltz.mjs'), 'reproduce', ...options, '--adapter', 'swiftshader', '--out', out, '--json'],
      { cwd: root },
    );
    const lines = stdout.trim().split('\n');
    return lines.map((line) => JSON.parse(line) as RowSummary);
  } finally {
    rmSync(out, { recursive: true });
  }
}

async function expectToFit(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}

async function saved(page: Page, kind: string): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await page.getByTestId(`export-table1-${kind}`).click();
  return readFileSync(await (await download).path());
}

test('a visitor reproduces a table, reloads in the middle, and has the figures of the command line', async ({
  page,
}) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const visit = new TrainPage(page);
  await visit.open('#/reproduce');
  await expect(page.getByTestId('reproduce-empty')).toBeVisible();
  await expect(page.getByTestId('choose-table1')).toBeChecked();
  await page.getByTestId('reproduce-tiny').check({ force: true });
  await page.getByTestId('reproduce-seeds').fill('1');
  await page.getByTestId('reproduce-prompts').fill(String(PROMPTS));
  await page.getByTestId('reproduce-prompts').blur();
  await expect(page.getByTestId('estimate')).toContainText('2 runs, 8 steps; base agents to measure');
  await expect(page.getByTestId('estimate')).toContainText('unknown until the first steps');
  expect(await violations(page)).toEqual([]);

  const queue = page.getByTestId('queue');
  const done = page.locator('[data-testid=subject][data-phase=done]');
  await page.getByTestId('reproduce-start').click();
  await expect(queue).toHaveAttribute('data-status', 'running', { timeout: 60_000 });

  // Rows fill in while others wait.
  await expect(done).toHaveCount(1, { timeout: 120_000 });
  const cell = (row: number, key: string) => page.getByTestId(`row-table1-${row}`).getByTestId(`cell-${key}`);
  await expect(cell(0, 'asr')).toContainText(/\d/);
  await expect(cell(6, 'asr').locator('b')).toHaveText('–');

  // Paused by hand it waits, and every page says so.
  await page.getByTestId('queue-pause').click();
  await expect(queue).toHaveAttribute('data-status', 'paused', { timeout: 60_000 });
  await page.reload();
  await expect(queue).toHaveAttribute('data-status', 'paused', { timeout: 60_000 });
  const mark = page.getByTestId('queue-mark');
  await expect(mark).toHaveAttribute('title', 'Queue: 1 of 3 done, paused');
  expect(await violations(page)).toEqual([]);
  const size = page.viewportSize()!;
  await expectToFit(page, 360);
  await page.setViewportSize(size);

  // Left at work it goes on by itself, whatever page the visitor comes back to.
  await page.getByTestId('queue-resume').click();
  const second = page.getByTestId('subject').nth(1);
  await expect(second).toHaveAttribute('data-phase', /training|measuring/, { timeout: 120_000 });
  await page.getByTestId('page-train').click();
  await page.reload();
  await expect(mark).toHaveAttribute('title', /^Queue: [12] of 3 done, running$/, { timeout: 60_000 });
  await expect(visit.transport).toBeVisible();
  await page.getByTestId('page-reproduce').click();
  await expect(queue).toHaveAttribute('data-status', 'running');
  await expect(done).toHaveCount(3, { timeout: 240_000 });
  await expect(queue).toHaveAttribute('data-status', 'none');
  await expect(mark).toHaveCount(0);
  await expect(page.getByTestId('reproduce-start')).toBeDisabled();
  await expect(page.getByTestId('row-table1-6').getByRole('rowheader')).toContainText('1 seed');
  await expect(page.getByTestId('made-table1')).toContainText('swiftshader');
  await expect(page.getByTestId('against-table1')).toContainText('after 4 steps, ');

  const rows = await headless();
  const { rows: mine } = JSON.parse((await saved(page, 'json')).toString()) as ReturnType<typeof tableDocument>;
  expect(rows).toHaveLength(7);
  expect(rows).toMatchObject(mine.map(({ summary }) => summary!));
  for (const [at, { asr, orr, f1, rates }] of rows.entries()) {
    for (const [key, { mean }] of Object.entries({ asr, orr, f1, masked: rates.masked, plain: rates.plain })) {
      await expect(cell(at, key).locator('b')).toHaveText(figure(mean));
    }
  }

  await page.getByTestId('weak-table1').locator('summary').click();
  const { rates, greedy, evaluated } = rows[6];
  await expect(page.getByTestId('weak-masked-audit').locator('b')).toHaveText(figure(rates.masked.mean));
  await expect(page.getByTestId('weak-masked-greedy').locator('b')).toHaveText(figure(greedy.rates.masked.mean));
  await expect(page.getByTestId('weak-plain-evaluation').locator('b')).toHaveText(figure(evaluated!.plain.mean));
  await expect(page.getByTestId('weak-table1').getByRole('img', { name: /^labels right: from/ })).toBeVisible();
  // A heading, single-model RL and WaltzRL.
  await expect(page.getByTestId('effort-table1').getByRole('row')).toHaveCount(3);

  expect((await saved(page, 'csv')).toString().split('\n')).toHaveLength(9);
  expect((await saved(page, 'svg')).toString()).toContain('<svg');
  expect((await saved(page, 'png')).subarray(1, 4).toString()).toBe('PNG');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
  await expectToFit(page, 360);

  // What is deleted can be measured anew, or brought back.
  const lines = page.getByTestId('kept-results').locator('tbody tr');
  const before = await lines.count();
  await page.getByTestId('forget').first().click();
  await expect(page.getByTestId('undo')).toBeFocused();
  await expect(page.getByTestId('reproduce-start')).toBeEnabled();
  expect(await lines.count()).toBeLessThan(before);
  await page.getByTestId('undo').click();
  await expect(lines).toHaveCount(before);
  await expect(page.getByTestId('reproduce-start')).toBeDisabled();
  expect(visit.complaints).toEqual([]);
});
