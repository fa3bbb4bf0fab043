import { expect, test, type Page } from '@playwright/test';
import { violations } from './axe';
import { TrainPage } from './train-page';

const themes = ['light', 'dark'] as const;

async function axeFindsNothing(page: Page): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
}

/** Whether the page is no wider than a small phone. */
async function fitsPhone(page: Page): Promise<void> {
  const before = page.viewportSize()!;
  await page.setViewportSize({ width: 360, height: 740 });
  const { content, width } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    width: innerWidth,
  }));
  expect(content).toBeLessThanOrEqual(width);
  await page.setViewportSize(before);
}

test('a link brings an experiment to somebody else, who sees what it changes and trains it', async ({
  page,
  browser,
}) => {
  // One visitor chooses settings and copies the link.
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const sender = new TrainPage(page);
  await sender.open();
  await page.getByTestId('preset').selectOption('tiny');
  await page.getByTestId('value-reward.alpha').fill('0.5');
  await page.getByTestId('value-reward.alpha').press('Enter');
  await page.getByTestId('open-palette').click();
  await page.getByTestId('palette-input').fill('share');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('share-dialog')).toContainText('tiny · α 0.5 · seed 1');
  const link = await page.getByTestId('share-link').inputValue();
  expect(new URL(link).hash).toBe('#v=2&preset=tiny&reward.alpha=0.5');
  await axeFindsNothing(page);
  await fitsPhone(page);
  await page.getByTestId('copy').click();
  await expect(page.getByTestId('share-dialog').getByRole('status')).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await page.getByTestId('share-close').click();

  // One's own settings are no news after a reload.
  await page.reload();
  await expect(page.getByTestId('preset')).toHaveValue('tiny');
  await expect(page.getByTestId('link-panel')).toBeHidden();
  expect(sender.complaints).toEqual([]);
  await page.close();

  // Another opens it in a browser that has never been here.
  const context = await browser.newContext();
  const visit = new TrainPage(await context.newPage());
  const panel = visit.page.getByTestId('link-panel');
  await visit.page.goto(link);
  await expect(panel).toContainText('Preset tiny, seed 1, 4 steps.');
  await expect(visit.page.getByTestId('brought-reward.alpha')).toHaveText(/Improvement\s*α\s*0\.5\s*0\.65/);
  await expect(panel).toContainText('of memory', { timeout: 60_000 });
  await expect(visit.transport).toHaveAttribute('data-source', 'recorded');
  await axeFindsNothing(visit.page);
  await fitsPhone(visit.page);

  // A reload tells of it again, as nothing was decided; a change can be taken back.
  await visit.page.reload();
  await expect(panel).toBeVisible();
  await visit.page.getByTestId('value-reward.gamma').fill('0.2');
  await visit.page.getByTestId('value-reward.gamma').press('Enter');
  await expect(panel).toContainText('You have changed settings since.');
  await visit.page.getByTestId('link-again').click();
  await expect(visit.page).toHaveURL(link);

  await visit.page.getByTestId('link-train').click();
  await expect(panel).toBeHidden();
  await visit.becomes('finished', 120_000);
  const { run } = await visit.export();
  expect(run.config).toMatchObject({ preset: 'tiny', seed: 1, reward: { alpha: 0.5, gamma: 0.1 } });

  // Every export says how it is loaded.
  const loading = visit.page.getByTestId('loading-panel');
  const snippet = visit.page.getByTestId('snippet').filter({ visible: true });
  await expect(snippet).toContainText('npm run -s waltz -- train --resume');
  await visit.exportFor('hf');
  await expect(snippet).toContainText('from transformers import AutoModelForCausalLM');
  await visit.exportFor('onnx');
  await expect(snippet).toContainText("from '@huggingface/transformers'");
  await loading.getByRole('tab').first().focus();
  await visit.page.keyboard.press('ArrowRight');
  await expect(snippet).toContainText("from 'onnxruntime-web'");
  await axeFindsNothing(visit.page);
  await fitsPhone(visit.page);
  await visit.page.getByTestId('loading-dismiss').click();
  await expect(loading).toBeHidden();

  // A run that was kept has its link too.
  await visit.page.getByTestId('page-runs').click();
  await visit.page.getByTestId('share-run').click();
  await expect(visit.page.getByTestId('share-link')).toHaveValue(link);
  await visit.page.getByTestId('share-export').click();
  await expect(loading).toContainText('.waltz');
  expect(visit.complaints).toEqual([]);
  await context.close();
});

test('a link that is broken or newer than the page changes nothing and says why', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open('#v=1&preset=quick&seed=3&seed=4');
  const problem = page.getByTestId('address-problem');
  await expect(problem).toContainText('says seed twice');
  await expect(page.getByTestId('preset')).toHaveValue('quick');
  await page.evaluate(() => (location.hash = '#v=3&preset=quick'));
  await expect(problem).toContainText('reload the page');

  // A good one that follows is told of, and left for the defaults.
  await page.evaluate(() => (location.hash = '#preset=standard'));
  await expect(problem).toBeHidden();
  await expect(page.getByTestId('link-panel')).toContainText('Every other setting is the preset’s.');
  await page.getByTestId('link-defaults').click();
  await expect(page.getByTestId('link-panel')).toBeHidden();
  await expect(page.getByTestId('preset')).toHaveValue('quick');
  await expect(page).toHaveURL(/#v=2&preset=quick$/);
  expect(visit.complaints).toEqual([]);
});
