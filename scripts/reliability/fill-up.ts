import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KillingOptions } from './kill-browser';
import { differences, strayed } from './twin';
import { Visit } from './visit';

export type TryingOptions = Pick<KillingOptions, 'address' | 'profile' | 'link' | 'twin' | 'tell'>;

/** What a visitor does once there is room again. */
const ways = ['stops, which saves', 'reloads'] as const;

/** Bytes: with none at all saves went through. */
const NO_ROOM = 1;
/** Milliseconds for which Chromium goes on with the room that it last heard of, and some more. */
const STALE = 35_000;

/** Makes a run step by step, each saved, and takes all room away before each save. Once for each way to go on. */
export async function fillUp(options: TryingOptions): Promise<void> {
  for (const way of ways) await throughOneRun(options, way);
}

async function throughOneRun({ address, profile, link, twin, tell }: TryingOptions, way: (typeof ways)[number]) {
  rmSync(profile, { recursive: true, force: true });
  const visit = await Visit.open(profile, address);
  const { page, hearing, train } = visit;
  try {
    await visit.ready();
    let run = await visit.startPaused(link);
    const savedStep = () => hearing.savedStep(run) ?? 0;
    for (let saved = savedStep(); saved < twin.step; saved = savedStep()) {
      const begun = hearing.all.length;
      await visit.room(NO_ROOM);
      await sleep(STALE);
      await page.getByTestId('step').click();
      await hearing.until('failure for want of room', (all) => {
        const failed = all.slice(begun).some(({ kind }) => kind === 'failed');
        return failed || savedStep() > saved || null;
      });
      const said = (await visit.problem()) ?? '';
      const faults: string[] = [];
      if (savedStep() > saved) faults.push('The save went through without room.');
      else if (!said.includes('no room')) faults.push('The page does not say that there is no room.');
      // In memory the run is a step further than in the store.
      const file = (await train.export()).run;
      if (file.step !== saved + 1) faults.push(`The run in memory leaves as a file at step ${file.step}.`);
      faults.push(...strayed(file, twin).map((part) => `The ${part} of the file are not those of the run.`));
      await visit.room(null);
      if (way === 'reloads') {
        await visit.reload();
        const offered = (await visit.offered()) ?? 0;
        if (offered !== saved) faults.push(`Step ${saved} was saved, and the page offers ${offered}.`);
        if (saved > 0) await visit.openPaused(run);
        else run = await visit.startPaused(link);
        if (savedStep() === saved) await page.getByTestId('step').click();
      } else {
        await page.getByTestId('stop').click();
      }
      await hearing.until('save with room', () => savedStep() > saved || null);
      if (savedStep() !== saved + 1) faults.push(`Step ${savedStep()} is saved.`);
      tell({ kind: 'tried', what: `no room for step ${saved + 1}, the visitor ${way}`, said, faults });
      if (way !== 'reloads') await visit.openPaused(run);
      else await train.becomes('paused');
    }
    // What follows its last step is left: to measure it.
    await train.play.click();
    await hearing.until('last save', () => hearing.saved.find((each) => each.run === run && each.finished));
    tell({ kind: 'finished', kills: twin.step, differs: differences(await visit.exportSaved(run), twin) });
  } finally {
    await visit.browser.kill();
  }
}
