import { expect, test } from '@playwright/test';
import { readModelFiles } from '../src/checkpoint/agent-files';
import type { Evaluation } from '../src/waltz/learn/metrics';
import { mainThreadTasks } from './main-thread';
import { bits, essence, TrainPage } from './train-page';

test('a visitor sees a recorded run at once', async ({ page }) => {
  const visit = new TrainPage(page);
  await page.goto('./');
  await expect(page.getByTestId('recorded-label')).toBeVisible();
  await expect(page.getByTestId('dance')).toBeVisible();
  await expect(visit.transport).toHaveAttribute('data-source', 'recorded');
  // What else the machine does can only slow a load down, so one quick load shows that the page is quick.
  await expect(async () => {
    // A page that is still trying its GPU would keep the next one's first paint waiting.
    await visit.ready();
    await page.reload();
    await expect(page.getByTestId('dance')).toBeVisible();
    const paint = () => page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
    await expect.poll(paint).toBeGreaterThan(0);
    expect(await paint()).toBeLessThan(2000);
  }).toPass({ timeout: 90_000 });
  expect(visit.complaints).toEqual([]);
});

test('a visitor trains, pauses, closes the tab, goes on, exports, clears and imports', async ({ page, browser }) => {
  const visit = new TrainPage(page);
  await visit.open();
  await visit.train('quick');

  // The dance, the curves and the path in the plane are this run's.
  await visit.reach(2);
  await expect(visit.transport).toHaveAttribute('data-source', 'live');
  await expect(page.getByTestId('recorded-label')).toBeHidden();
  await page
    .getByTestId('batch')
    .getByLabel(/^rollout 1,/)
    .click();
  await expect(page.getByTestId('dance-place')).toContainText(/step \d+ · rollout 1 of 32/);
  await page.getByTestId('follow').click();
  await expect(page.getByTestId('beat-answer-0')).toBeVisible();
  await expect(page.getByTestId('beat-feedback-0')).toBeVisible();
  await expect(page.getByTestId('point-0')).toBeVisible();
  await page.getByTestId('table-reward').locator('summary').click();
  await expect(page.getByTestId('table-reward').locator('tbody tr').nth(1)).toBeVisible();

  // Training leaves the main thread free: at most 50 ms of its own time a task, 200 ms of the clock's.
  const before = await visit.step();
  const tasks = await mainThreadTasks(browser, page, async () => {
    await visit.reach(before + 5);
  });
  expect(tasks.length).toBeGreaterThan(10);
  expect(Math.max(...tasks.map(({ cpu }) => cpu))).toBeLessThanOrEqual(50);
  expect(Math.max(...tasks.map(({ wall }) => wall))).toBeLessThanOrEqual(200);

  // The path moves.
  await expect(page.getByTestId('point-10')).toBeVisible({ timeout: 60_000 });
  await visit.reach(12);

  // Pause and one step.
  await visit.pause();
  const paused = await visit.step();
  await page.waitForTimeout(1000);
  expect(await visit.step()).toBe(paused);
  await page.getByTestId('step').click();
  await visit.reach(paused + 1);
  await visit.becomes('paused');
  expect(await visit.step()).toBe(paused + 1);

  // Away and back: the run waits where it was.
  await page.reload();
  await expect(page.getByTestId('resume-card')).toContainText(`step ${paused + 1} of 60`);
  await expect(page.getByTestId('resume')).toBeEnabled({ timeout: 60_000 });
  await page.getByTestId('resume').click();
  await visit.reach(paused + 2);
  await visit.pause();
  const exported = await visit.export();
  const kept = exported.run.step;
  expect(exported.run.metrics).toHaveLength(kept);

  // Its agents leave for other tools, bit for bit.
  const hub = await visit.exportFor('hf');
  const [model, config] = ['model.safetensors', 'config.json'].map((file) => hub[`feedback/${file}`]);
  const { parameters } = await readModelFiles({ 'model.safetensors': model, 'config.json': config });
  expect(bits(parameters)).toBe(bits(exported.run.agents['feedback'].parameters));
  expect(Object.keys(await visit.exportFor('onnx'))).toContain('conversation/onnx/model.onnx');

  // A foreign and a damaged file are refused and change nothing.
  const bytes = Buffer.from('this is no archive');
  for (const buffer of [bytes, await truncated(exported.path)]) {
    await visit.import({ name: 'broken.waltz', mimeType: 'application/octet-stream', buffer });
    await expect(visit.problem).toBeVisible();
    await page.getByTestId('problem-dismiss').click();
    await expect(visit.problem).toBeHidden();
    expect(await visit.step()).toBe(kept);
    await visit.becomes('paused');
  }
  expect(essence((await visit.export()).run)).toEqual(essence(exported.run));

  // Everything cleared, the file brings it back.
  await visit.clearSiteData();
  await visit.open();
  await expect(page.getByTestId('resume-card')).toBeHidden();
  await visit.import(exported.path);
  await visit.becomes('paused');
  expect(await visit.step()).toBe(kept);
  expect(essence((await visit.export()).run)).toEqual(essence(exported.run));

  // And on from there.
  await visit.play.click();
  await visit.reach(kept + 2);
  expect(visit.complaints).toEqual([]);
});

test('the quick preset improves visibly within three minutes of pressing Train', async ({ page }) => {
  const visit = new TrainPage(page);
  await visit.open();
  const pressed = Date.now();
  await visit.train('quick');
  await visit.becomes('finished', 180_000);
  const seconds = (Date.now() - pressed) / 1000;
  const { evaluations } = (await visit.export()).run;
  const [first, last] = [evaluations[0], evaluations[evaluations.length - 1]].map(badness);
  test.info().annotations.push({ type: 'measured', description: JSON.stringify({ seconds, first, last }) });
  // A visible improvement: at least 10 points, disjoint 95% intervals.
  expect(first.mean - last.mean).toBeGreaterThanOrEqual(0.1);
  expect(last.high).toBeLessThan(first.low);
  expect(visit.complaints).toEqual([]);
});

/** Mean of ASR and ORR, and the 95% interval of that mean, the two rates being of different prompts. */
function badness({ asr, orr, asr_interval, orr_interval }: Evaluation): { mean: number; low: number; high: number } {
  const mean = (asr + orr) / 2;
  const below = Math.hypot(asr - asr_interval[0], orr - orr_interval[0]) / 2;
  const above = Math.hypot(asr_interval[1] - asr, orr_interval[1] - orr) / 2;
  return { mean, low: mean - below, high: mean + above };
}

async function truncated(path: string): Promise<Buffer> {
  const { readFile } = await import('node:fs/promises');
  const whole = await readFile(path);
  return whole.subarray(0, whole.length / 2);
}
