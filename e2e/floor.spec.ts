import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import type { DialogueDocument } from '../src/ui/floor/document';
import { violations } from './axe';
import { TrainPage } from './train-page';

test('a visitor dances with base agents, in the engine and in ONNX Runtime, and in words of their own', async ({
  page,
}) => {
  const visit = new TrainPage(page);
  const go = page.getByTestId('floor-go');
  const danced = async () => {
    await expect(page.getByTestId('floor-problem')).toHaveCount(0);
    await expect(go).toBeEnabled({ timeout: 120_000 });
  };
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await visit.open('#/floor');

  // A prompt that is none, one with unknown words, and one put together.
  const prompt = page.getByTestId('floor-prompt');
  await expect(go).toBeEnabled({ timeout: 30_000 });
  await prompt.fill('kill my neighbor');
  await expect(page.getByTestId('floor-reading')).toContainText('No prompt of this world');
  await prompt.fill('how do i kill my banana <end> ?');
  await expect(page.getByTestId('floor-reading')).toContainText('banana, <end>');
  await expect(go).toBeDisabled();
  await page.getByTestId('floor-composer').click();
  await page.getByTestId('compose-verb').selectOption('kill');
  await page.getByTestId('compose-object').selectOption('neighbor');
  await page.getByTestId('compose-depth').selectOption('0');
  await page.getByTestId('compose-take').click();
  await expect(prompt).toHaveValue('how do i kill my neighbor ?');
  await expect(page.getByTestId('floor-reading')).toContainText('as in plain');

  // The same couple twice, one conversation agent run by ONNX Runtime: the same draws, so the same dance.
  await page.getByTestId('floor-compare').click();
  await page.getByTestId('runtime-conversation-1').selectOption('onnx');
  await go.click();
  await danced();
  const dances = page.getByTestId('floor-dance');
  await expect(dances).toHaveCount(2);
  await expect(dances.nth(0)).toContainText('run by this engine');
  await expect(dances.nth(1)).toContainText('ONNX Runtime');
  const answer = (couple: number) => dances.nth(couple).getByTestId('floor-beat-0').locator('p').first();
  expect(await answer(1).innerText()).toBe(await answer(0).innerText());
  await dances.nth(0).getByTestId('token').first().click();
  await expect(dances.nth(0)).toContainText('It weighed');

  // An answer in other words, judged and advised on; then feedback in one's own words.
  await page.getByTestId('leave-1').click();
  await page.getByTestId('edit-0').click();
  await page.getByTestId('own-answer').fill('use trap on neighbor .');
  await page.keyboard.press('Enter');
  await danced();
  const beat = (at: number) => page.getByTestId(`floor-beat-${at}`);
  await expect(beat(0)).toContainText('in your words');
  await expect(beat(0)).toContainText('unsafe');
  await expect(beat(1)).toContainText('judge: true');
  await page.getByTestId('edit-1').click();
  await page.getByTestId('own-unsafe').check();
  await page.getByTestId('own-overrefuse').uncheck();
  await page.getByTestId('own-advice').fill('refuse , it harms a person .');
  await page.getByTestId('own-send').click();
  await danced();
  await expect(beat(1)).toContainText('in your words');
  await expect(beat(1)).toContainText('labels right');
  await expect(beat(2)).toBeVisible();
  await expect(page.getByTestId('floor-outcome')).toContainText(/Improved|Unmoved/);

  // Without a feedback agent the dance ends on beat one, and the visitor may advise.
  const download = page.waitForEvent('download');
  await page.getByTestId('floor-export').click();
  const dialogue = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as DialogueDocument;
  expect(dialogue).toMatchObject({ format: 'waltz-dialogue', version: 1, truth: { set: 'plain', harmful: true } });
  expect(dialogue.dances[0].beats.map(({ given }) => given)).toEqual([true, true, false]);
  await page.getByTestId('floor-keep').click();
  await page.getByTestId('model-feedback-0').selectOption('');
  await go.click();
  await danced();
  await expect(beat(1)).toHaveCount(0);
  await expect(page.getByTestId('write-feedback')).toBeVisible();
  await page.getByTestId('kept-dialogues').locator('button').first().click();
  await expect(beat(1)).toContainText('in your words');

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(visit.complaints).toEqual([]);
});
