import { rmSync } from 'node:fs';
import type { KillingOptions } from './kill-browser';
import { differences } from './twin';
import { Visit } from './visit';

export type TryingOptions = Pick<KillingOptions, 'address' | 'profile' | 'link' | 'twin' | 'tell'>;

/** What a visitor does once there is room again. */
type Way = 'goes on' | 'reloads';

/**
 * Makes a run step by step, each saved, and takes all room away before each of its writes; gives it back, and goes on at
 * once or after a reload, in turns. Twice, so that each write fails in both ways.
 */
export async function fillUp(options: TryingOptions): Promise<void> {
  for (const first of [0, 1]) await throughOneRun(options, (write) => (write % 2 === first ? 'goes on' : 'reloads'));
}

async function throughOneRun({ address, profile, link, twin, tell }: TryingOptions, wayOf: (write: number) => Way) {
  rmSync(profile, { recursive: true, force: true });
  const visit = await Visit.open(profile, address);
  const { page, hearing, train } = visit;
  try {
    await visit.ready();
    await visit.start(link);
    await hearing.until('first save', (all) => all.find(savedStep));
    await train.play.click();
    await train.becomes('paused');
    const run = hearing.lastOpened!;
    let write = hearing.savedStep(run)!;
    let tries = 0;
    while (write < twin.step) {
      const way = wayOf(write);
      const faults: string[] = [];
      const begun = hearing.all.length;
      await visit.room(0);
      await page.getByTestId('step').click();
      const failed = await hearing.until('failure for want of room', (all) => {
        const since = all.slice(begun);
        return since.find((heard) => heard.kind === 'failed') ?? since.find(savedBeyond(run, write));
      });
      const said = (await visit.problem()) ?? '';
      if (failed.kind !== 'failed') faults.push('The save went through without room.');
      else if (!/room/.test(said)) faults.push('The page does not say that there is no room.');
      if ((hearing.savedStep(run) ?? 0) < write) faults.push(`Step ${write} was saved and is not listed any more.`);
      if (way === 'reloads') {
        await visit.reload();
        await visit.room(null);
        const offered = await visit.offered();
        if (offered !== write) faults.push(`Step ${write} was saved, and the page offers ${offered ?? 'none'}.`);
        const before = hearing.all.length;
        await visit.goOn();
        await hearing.until('run that goes on', (all) => all.slice(before).find(({ kind }) => kind === 'stepped'));
        await train.play.click();
      } else {
        await visit.room(null);
        await visit.saveNow();
      }
      await hearing.until('save with room', (all) => all.slice(begun).find(savedBeyond(run, write)));
      tell({ kind: 'tried', what: `no room for step ${write + 1}, ${way}`, said, faults });
      write = hearing.savedStep(run)!;
      if (write < twin.step) await train.becomes('paused');
      write = hearing.savedStep(run)!;
      tries += 1;
    }
    tell({ kind: 'finished', kills: tries, differs: differences(await visit.exportSaved(run), twin) });
  } finally {
    await visit.browser.kill();
  }
}

const savedStep = (heard: Visit['hearing']['all'][number]) =>
  heard.kind === 'saved' && heard.runs.some(({ step }) => step > 0);

const savedBeyond = (run: string, step: number) => (heard: Visit['hearing']['all'][number]) =>
  heard.kind === 'saved' && heard.runs.some((each) => each.run === run && each.step > step);
