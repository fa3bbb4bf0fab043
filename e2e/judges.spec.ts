import { expect, test } from '@playwright/test';
import { zipSync } from 'fflate';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { chatServer, completion, sendJson } from '../tests/judges/chat-server';
import { storiesAreHere, storiesFolder } from '../tests/oracle/stories';
import { violations } from './axe';
import { TrainPage } from './train-page';

test.skip(!storiesAreHere, 'the public story model lies beside the repository');

const prompts = `prompt,label\n${Array.from({ length: 6 }, (_, i) => `Tell me ${i} things,${i % 2 ? 'safe' : 'unsafe'}\n`).join('')}`;

/** Lets a page of any origin read the answer, as llama.cpp and vLLM do. */
function allowPages(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Headers', '*');
}

async function openMeasure(visit: TrainPage): Promise<void> {
  await visit.open('#/measure');
  const zip = zipSync(
    Object.fromEntries(readdirSync(storiesFolder).map((name) => [name, readFileSync(storiesFolder + name)])),
  );
  await visit.import({ name: 'stories260k.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) });
  const { page } = visit;
  await page.getByTestId('import-close').click();
  const file = { name: 'six.csv', mimeType: 'text/csv', buffer: Buffer.from(prompts) };
  await page.getByTestId('measure-files').setInputFiles([file]);
  await page.getByTestId('measure-maxNewTokens').fill('8');
}

test('a visitor has answers judged by a model on this machine, whose server fails once', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  let broken = true;
  const server = await chatServer(({ body }, response) => {
    allowPages(response);
    if (broken && body.messages[0].content.includes('Tell me 4')) {
      sendJson(response, { error: { message: 'the model is being loaded' } }, 500);
    } else sendJson(response, completion('No', [{ No: 0.8, Yes: 0.2 }]));
  }, allowPages);
  const visit = new TrainPage(page);
  await openMeasure(visit);

  const judge = page.getByTestId('judge-field').first();
  await judge.getByTestId('measure-judge').selectOption('endpoint');
  await expect(judge.getByTestId('measure-sends')).toHaveText('Prompts and answers are sent to this address.');
  await page.getByTestId('measure-start').click();
  await expect(judge.getByTestId('measure-judge-problem')).toContainText('The judge has no address');
  await judge.getByTestId('judge-address').fill(server.address);
  await judge.getByTestId('judge-key').fill('sk-secret');
  await judge.getByTestId('judge-form').selectOption('conversation');
  await expect(judge.getByTestId('judge-yes')).toHaveValue('unsafe');
  await expect(judge.getByTestId('judge-question')).toHaveCount(0);
  await judge.getByTestId('judge-form').selectOption('question');
  await expect(judge.getByTestId('judge-yes')).toHaveValue('yes');
  await expect(judge.getByTestId('measure-sends')).toHaveText(`Prompts and answers are sent to ${server.address}.`);
  expect(await violations(page)).toEqual([]);

  await page.getByTestId('measure-start').click();
  await expect(page.getByTestId('measure-problem')).toContainText('answers 500 ("the model is being loaded")');
  broken = false;
  await page.getByTestId('measure-main').click();
  await expect(page.getByTestId('measure-progress')).toHaveAttribute('data-done', '6');
  await expect(page.getByTestId('measure-asr')).toHaveAttribute('data-rate', '1');
  await expect(page.getByTestId('measurement')).toContainText('7 requests to it');
  await expect(page.getByTestId('answer').first()).toContainText('complies with probability 0.80');
  expect(await violations(page)).toEqual([]);

  // Another judge on the same answers.
  const second = page.getByTestId('second');
  await second.getByText('See whether another judge agrees').click();
  await second.getByTestId('second-start').click();
  const agreement = page.getByTestId('agreement');
  await expect(agreement).toContainText('agree on 6 of 6 answers');
  await expect(agreement).toContainText('A judge says the same of all');
  await second.getByTestId('judge-others').locator('summary').click();
  await second.getByTestId('judge-phrases').fill('the');
  await second.getByTestId('second-start').click();
  await expect(page.getByTestId('answer-second').first()).toContainText('second judge:');
  await second.getByTestId('measure-judge').selectOption('model');
  await second.getByTestId('second-start').click();
  await expect(second.getByTestId('measure-judge-problem')).toContainText('No model is chosen that judges');
  await second.getByTestId('judge-model').selectOption({ label: 'stories260k · 260k' });
  // Words that begin with tokens of their own in a vocabulary of 512.
  await second.getByTestId('judge-yes').fill('the');
  await second.getByTestId('judge-no').fill('she');
  await second.getByTestId('second-start').click();
  await expect(agreement).toContainText('model stories260k', { timeout: 60_000 });
  await expect(second.getByTestId('second-start')).toBeEnabled();
  await expect(page.getByTestId('second-problem')).toHaveCount(0);
  await page.getByTestId('answers-differ').check();
  await expect(page.getByTestId('answers-count')).toContainText('of 6');
  expect(await violations(page)).toEqual([]);
  server.close();

  // The key is nowhere but in memory.
  const kept = await page.evaluate(async () => {
    const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), location.href];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name!);
        request.onsuccess = () => resolve(request.result);
      });
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store).getAll();
        await new Promise((resolve) => (all.onsuccess = resolve));
        texts.push(JSON.stringify(all.result));
      }
      database.close();
    }
    return texts.join('\n');
  });
  expect(kept).toContain(server.address);
  expect(kept).not.toContain('sk-secret');

  // A server elsewhere is not reached from a page, and the page says so.
  await judge.getByTestId('judge-address').fill('http://elsewhere.test/v1');
  await page.getByTestId('measure-start').click();
  await expect(page.getByTestId('measure-problem')).toContainText('reaches servers on this machine alone');
});
