import { expect, test } from '@playwright/test';
import { violations } from './axe';
import { TrainPage } from './train-page';

test('the level brings its model, and a model without base agents says what to choose', async ({ page }) => {
  const visit = new TrainPage(page);
  // As version 0.2.0 wrote it.
  await visit.open('#v=1&preset=quick&level=hard');
  const model = page.getByTestId('field-model');
  const obstacle = page.getByTestId('obstacle');
  await expect(page.getByTestId('field-task.level-hard')).toBeChecked();
  await expect(model).toHaveValue('0.17M');
  await page.getByTestId('field-task.level-tiny').check({ force: true });
  await expect(model).toHaveValue('0.06M');
  await expect(obstacle).toBeHidden();

  await model.selectOption('0.9M');
  await expect(obstacle).toContainText('Choose 0.06M, or random first weights.');
  await expect(page.getByTestId('start-over')).toBeDisabled();
  await expect(page).toHaveURL(/#v=2&preset=quick&model=0\.9M$/);
  expect(await violations(page)).toEqual([]);
  await page.getByTestId('field-init-random').check({ force: true });
  await expect(obstacle).toBeHidden();
  await expect(page.getByTestId('start-over')).toBeEnabled();
  expect(visit.complaints).toEqual([]);
});
