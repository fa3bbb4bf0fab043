import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Killed } from './entries';
import { finished, reached, type KillingOptions } from './kill-browser';
import { differences } from './twin';
import { Visit } from './visit';

/** Seconds until a page must have its run back, once it was asked to. */
const PATIENCE = 240;

/**
 * Trains runs with the same settings and kills the browser's GPU process at the moments that are given. Does what the page
 * says then; where that brings the run back no more, the browser is opened anew, as the page advises.
 */
export async function killGpu(options: KillingOptions): Promise<void> {
  const { profile, address, link, twin, from, to, momentOf, tell } = options;
  rmSync(profile, { recursive: true, force: true });
  let next = from;
  let visit = await Visit.open(profile, address);
  try {
    await visit.ready();
    while (next < to) {
      let begun = visit.hearing.all.length;
      await visit.start(link);
      let kills = 0;
      // The last run is trained to its end, so that it too is compared.
      while (next < to && (await reached(visit, momentOf(next), begun))) {
        const at = performance.now();
        const killed = await kill(visit, momentOf(next), next);
        begun = visit.hearing.all.length;
        const { found, advice } = await goOn(visit, begun);
        let [step, restarted] = [found, false];
        if (step === null) {
          restarted = true;
          await visit.browser.kill();
          visit = await Visit.open(profile, address);
          await visit.ready();
          step = await visit.offered();
          begun = visit.hearing.all.length;
          if (step !== null) await visit.goOn();
        }
        const lost = (step ?? 0) < (killed.said ?? 0);
        const faults = [
          ...(lost ? [`Step ${killed.said ?? 0} was said to be saved, and ${step ?? 'none'} was there.`] : []),
          ...(advice === '' ? ['The page said nothing.'] : []),
        ];
        tell({ ...killed, found: step, seconds: (performance.now() - at) / 1000, faults, restarted, advice });
        next += 1;
        kills += 1;
        if (step === null) throw new Error('There was no run to go on with.');
      }
      await finished(visit, begun);
      tell({ kind: 'finished', kills, differs: differences((await visit.train.export()).run, twin) });
    }
  } finally {
    await visit.browser.kill();
  }
}

async function kill(visit: Visit, moment: Killed['moment'], number: number) {
  const { hearing } = visit;
  const run = hearing.lastOpened!;
  const said = hearing.savedStep(run);
  await visit.browser.killGpuProcess();
  return { kind: 'killed', number, phase: moment.phase, moment, said, made: hearing.lastStep } as const;
}

/** Does what the page offers once the GPU is gone. Answers at which step the run is there again, and what the page said. */
async function goOn(visit: Visit, begun: number): Promise<{ found: number | null; advice: string }> {
  const { page, hearing } = visit;
  const problem = page.getByTestId('problem');
  const said = async () => (await problem.innerText({ timeout: 2000 }).catch(() => '')).replaceAll(/\s+/g, ' ');
  const back = () => hearing.all.slice(begun).findLast((heard) => heard.kind === 'opened');
  await problem.waitFor({ timeout: 60_000 }).catch(() => undefined);
  let advice = await said();
  const end = performance.now() + 1000 * PATIENCE;
  while (performance.now() < end) {
    const remedy = page.getByTestId('problem-remedy');
    if (back()) return { found: back()!.step, advice };
    if (await remedy.isVisible()) {
      advice = await said();
      await remedy.click({ timeout: 5000 }).catch(() => undefined);
    }
    await sleep(2000);
  }
  return { found: null, advice: (await said()) || advice };
}
