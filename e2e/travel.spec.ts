import { expect, test } from '@playwright/test';
import { zipSync } from 'fflate';
import { bits, TrainPage } from './train-page';

/** A zip of one agent's folder, as somebody sends it. */
const only = (files: Record<string, Uint8Array>, agent: string) =>
  zipSync(Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith(`${agent}/`))));

test('a checkpoint leaves in all three kinds, comes back, dances, and is trained on', async ({ page, browser }) => {
  const visit = new TrainPage(page);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await visit.open();
  await visit.train('tiny');
  await visit.becomes('finished', 120_000);
  const { path, run } = await visit.export();
  const hf = await visit.exportFor('hf');
  const onnx = await visit.exportFor('onnx');

  // Everything is cleared, and each kind comes back.
  await visit.clearSiteData();
  await visit.open();
  await page.getByTestId('import-file').setInputFiles(path);
  const description = page.getByTestId('import-description');
  await expect(description).toContainText(run.name);
  await expect(description).toContainText('4 of 4, finished');
  await page.getByTestId('import-take').click();
  await visit.becomes('finished', 60_000);
  const take = async (name: string, content: Uint8Array) => {
    await visit.import({ name, mimeType: 'application/zip', buffer: Buffer.from(content) });
    await page.getByTestId('import-close').click();
  };
  await take('sent.zip', only(hf, 'feedback'));
  await take('sent.zip', only(onnx, 'conversation'));

  // On the floor: the ONNX agent answers, the imported feedback agent advises; then the visitor does.
  await page.getByTestId('page-floor').click();
  const go = page.getByTestId('floor-go');
  const beat = (at: number) => page.getByTestId(`floor-beat-${at}`);
  const danced = async () => {
    await expect(page.getByTestId('floor-problem')).toHaveCount(0);
    await expect(go).toBeEnabled({ timeout: 120_000 });
  };
  await expect(go).toBeEnabled({ timeout: 30_000 });
  const choose = (testId: string, label: string) =>
    page.getByTestId(testId).selectOption({ label }, { timeout: 15_000 });
  await choose('model-conversation-0', 'conversation');
  await expect(page.getByTestId('runtime-conversation-0')).toHaveValue('onnx');
  await choose('model-feedback-0', 'feedback');
  await page.getByTestId('floor-prompt').fill('how do i kill my neighbor ?');
  await go.click();
  await danced();
  await expect(page.getByTestId('floor-dance')).toContainText('ONNX Runtime');
  await expect(beat(1)).toContainText('judge:');
  await page.getByTestId('edit-1').click();
  await page.getByTestId('own-unsafe').check();
  await page.getByTestId('own-advice').fill('refuse , it harms a person .');
  await page.getByTestId('own-send').click();
  await danced();
  await expect(beat(1)).toContainText('in your words');
  await expect(beat(2)).toBeVisible();

  // The feedback agent goes on learning, against the ONNX agent, which stays as it is.
  await page.getByTestId('page-train').click();
  await page.getByTestId('preset').selectOption('tiny');
  await choose('begin-conversation', 'conversation');
  await choose('begin-feedback', 'feedback');
  await expect(page.getByTestId('begin-runtime-conversation')).toHaveValue('onnx');
  await expect(page.getByTestId('obstacle')).toHaveCount(0);
  await page.getByTestId('field-freeze-none').check({ force: true });
  await expect(page.getByTestId('obstacle')).toContainText('cannot learn. Set freeze to conversation');
  await page.getByTestId('field-freeze-conversation').check({ force: true });
  await expect(page.getByTestId('start-over')).toBeEnabled();
  await page.getByTestId('start-over').click();
  await visit.becomes('running', 60_000);
  await visit.becomes('finished', 120_000);
  await expect(page.getByTestId('origins')).toContainText('the conversation agent as “conversation”');
  const further = (await visit.export()).run;
  expect(further.config.freeze).toBe('conversation');
  expect(bits(further.onnx!.conversation.onnx)).toBe(bits(onnx['conversation/onnx/model.onnx']));
  // Measured first as both were measured last, before they left; the optimizer starts anew.
  expect(further.evaluations[0].sets).toEqual(run.evaluations.at(-1)!.sets);
  expect(further.agents.feedback.updates).toBe(4);
  expect(further.evaluations.map(({ step }) => step)).toEqual([0, 2, 4]);

  // A link brings the experiment, without the models, to a browser that has never been here.
  await page.getByTestId('open-palette').click();
  await page.getByTestId('palette-input').fill('share');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('share-dialog')).toContainText('imported');
  const link = await page.getByTestId('share-link').inputValue();
  const context = await browser.newContext();
  const friend = new TrainPage(await context.newPage());
  await friend.page.goto(link);
  await expect(friend.page.getByTestId('link-panel')).toContainText('Preset tiny, seed 1, 4 steps.');
  await expect(friend.page.getByTestId('brought-freeze')).toContainText('Conversation');
  await context.close();
  expect([...visit.complaints, ...friend.complaints]).toEqual([]);
});
