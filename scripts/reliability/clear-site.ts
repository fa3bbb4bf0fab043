import { rmSync } from 'node:fs';
import type { TryingOptions } from './fill-up';
import { finished } from './kill-browser';
import { differences, strayed } from './twin';
import { Visit } from './visit';

/** When the site's data is deleted: while the run trains, or while it is paused. */
const times = ['training', 'paused'] as const;

/** Deletes all that the site keeps while a run is in memory, and looks whether the page says so and keeps the run anew. */
export async function clearSite({ address, profile, link, twin, tell }: TryingOptions): Promise<void> {
  for (const time of times) {
    rmSync(profile, { recursive: true, force: true });
    const visit = await Visit.open(profile, address);
    const { hearing, train, page } = visit;
    try {
      await visit.ready();
      await visit.start(link);
      await hearing.until('first save', () => (hearing.lastOpened && hearing.savedStep(hearing.lastOpened)) || null);
      if (time === 'paused') await train.pause();
      const cleared = hearing.all.length;
      await visit.clear();
      if (time === 'paused') await train.play.click();
      const faults: string[] = [];
      await page
        .getByTestId('problem')
        .waitFor({ timeout: 120_000 })
        .catch(() => undefined);
      const said = (await visit.problem()) ?? '';
      if (!/deleted/.test(said)) faults.push('The page does not say that its data was deleted.');
      const remedy = page.getByTestId('problem-remedy');
      if (await remedy.isVisible()) {
        const { run } = await train.exportBy(remedy);
        faults.push(...strayed(run, twin).map((part) => `The ${part} of the file are not those of the run.`));
      } else faults.push('The page does not offer the run as a file.');
      await finished(visit, cleared);
      const run = hearing.lastOpened!;
      await hearing.until('last save', () => hearing.saved.find((each) => each.run === run && each.finished));
      tell({ kind: 'tried', what: `cleared while ${time}`, said, faults });
      // What is in the store, not what is in memory.
      await visit.reload();
      tell({ kind: 'finished', kills: 1, differs: differences(await visit.exportSaved(run), twin) });
    } finally {
      await visit.browser.kill();
    }
  }
}
