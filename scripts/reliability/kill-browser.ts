import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptRun } from '../../src/lab/run/run-format';
import type { Entry, Killed } from './entries';
import type { Moment } from './moments';
import { differences, strayed } from './twin';
import { Visit } from './visit';

export interface KillingOptions {
  address: string;
  /** Folder of the browser's profile; whatever is there is deleted first. */
  profile: string;
  /** The run's settings, as a link has them. */
  link: string;
  /** The same run, never stopped. */
  twin: KeptRun;
  /** The number of the first kill, and of the one that is not made any more. */
  from: number;
  to: number;
  momentOf: (kill: number) => Moment;
  tell: (entry: Entry) => void;
}

/** A run that is trained, as far as one knows from outside. */
interface Known {
  run: string;
  said: number | null;
  made: number;
}

/** Runs the settings once in a fresh browser, never stopped. */
export async function runUnstopped({ address, profile, link }: Pick<KillingOptions, 'address' | 'profile' | 'link'>) {
  rmSync(profile, { recursive: true, force: true });
  const visit = await Visit.open(profile, address);
  try {
    await visit.ready();
    await visit.start(link);
    await finished(visit, 0);
    return { run: (await visit.train.export()).run, version: visit.browser.version };
  } finally {
    await visit.browser.kill();
  }
}

/** Trains runs with the same settings, one after another, and kills the whole browser at the moments that are given. */
export async function killBrowser(options: KillingOptions): Promise<void> {
  const { profile, from, to, tell } = options;
  rmSync(profile, { recursive: true, force: true });
  let kill = from;
  while (kill < to) {
    const killing = new Killing(options, kill);
    try {
      await killing.train();
    } catch (error) {
      tell({ kind: 'given up', why: await killing.why(error) });
      rmSync(profile, { recursive: true, force: true });
    } finally {
      await killing.end();
    }
    kill = killing.next;
  }
}

/** One run, from its start through kills to its end. */
class Killing {
  /** The number of the next kill. */
  next: number;
  readonly #options: KillingOptions;
  #visit: Visit | null = null;
  #known: Known | null = null;
  #kills = 0;
  /** Kills after which nobody has looked yet. */
  #unseen: (Omit<Killed, 'found' | 'seconds' | 'faults'> & { at: number })[] = [];

  constructor(options: KillingOptions, next: number) {
    this.#options = options;
    this.next = next;
  }

  /** Until the run has ended, whether or not there is still something to kill. */
  async train(): Promise<void> {
    const { profile, address, to, momentOf, link } = this.#options;
    for (;;) {
      const visit = (this.#visit = await Visit.open(profile, address));
      const moment = this.next < to ? momentOf(this.next) : null;
      if (moment?.phase === 'opening') {
        await sleep(moment.delay);
        await this.#kill(moment);
        continue;
      }
      await visit.ready();
      const found = await this.#look();
      if (found?.finished) {
        this.#finish(await visit.exportSaved(found.run));
        return;
      }
      const begun = visit.hearing.all.length;
      if (found) await visit.goOn();
      else await visit.start(link);
      if (moment && (await reached(visit, moment, begun))) {
        await this.#kill(moment);
        continue;
      }
      await finished(visit, begun);
      this.#finish((await visit.train.export()).run);
      return;
    }
  }

  async end(): Promise<void> {
    await this.#visit?.browser.kill().catch(() => undefined);
  }

  /** An error in words, with what the page shows. */
  async why(error: unknown): Promise<string> {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const problem = await this.#visit?.page
      .getByTestId('problem')
      .innerText({ timeout: 2000 })
      .catch(() => null);
    return problem ? `${said}\nThe page says: ${problem}` : said;
  }

  async #kill(moment: Moment): Promise<void> {
    const visit = this.#visit!;
    const run = visit.hearing.lastOpened;
    if (run !== null) {
      const said = visit.hearing.savedStep(run);
      this.#known = { run, said, made: Math.max(visit.hearing.lastStep, said ?? 0) };
    }
    await visit.browser.kill();
    const { said = null, made = 0 } = this.#known ?? {};
    this.#unseen.push({ kind: 'killed', number: this.next++, phase: moment.phase, moment, said, made, at: Date.now() });
    this.#kills += 1;
  }

  /** What is there after kills: tells of them, and answers the run that can go on or has ended, null where none was begun. */
  async #look(): Promise<{ run: string; finished: boolean } | null> {
    const visit = this.#visit!;
    const faults: string[] = [];
    const [said, run] = [this.#known?.said ?? 0, this.#known?.run ?? null];
    const offered = await visit.offered();
    const { saved } = visit.hearing;
    const unfinished = saved.find(({ finished, step }) => !finished && step === offered);
    const there = run === null ? unfinished : saved.find((each) => each.run === run);
    if (said > 0 && !there) faults.push(`The run was said to be saved at step ${said} and is gone.`);
    if (there && there.step < said) faults.push(`Step ${said} was said to be saved, and ${there.step} is there.`);
    if (there && there.step > 0 && !there.finished && offered !== there.step)
      faults.push(`The run is there at step ${there.step}, and the page offers ${offered ?? 'none'}.`);
    if (there && there.step > 0) faults.push(...(await this.#read(there)));
    for (const { at, ...killed } of this.#unseen) {
      const seconds = (Date.now() - at) / 1000;
      this.#options.tell({ ...killed, found: there?.step ?? null, seconds, faults });
    }
    this.#unseen = [];
    if (!there || (offered === null && !there.finished)) return null;
    this.#known = { run: there.run, said: there.step, made: there.step };
    return there;
  }

  /** What is wrong with a saved run. */
  async #read({ run, step }: { run: string; step: number }): Promise<string[]> {
    try {
      const kept = await this.#visit!.exportSaved(run);
      const wrong = strayed(kept, this.#options.twin).map((part) => `The ${part} are not those of the unstopped run.`);
      return kept.step === step ? wrong : [...wrong, `The list says step ${step}, and the archive is of ${kept.step}.`];
    } catch (error) {
      return [`The saved run cannot be exported and read: ${String(error)}`];
    }
  }

  #finish(run: KeptRun): void {
    const differs = differences(run, this.#options.twin);
    this.#options.tell({ kind: 'finished', kills: this.#kills, differs });
  }
}

/** Waits for a moment of a run that goes on; false where it has ended before. */
export async function reached(visit: Visit, { phase, after, delay }: Moment, begun: number): Promise<boolean> {
  if (phase !== 'starting') {
    const wanted = phase === 'training' ? 'stepped' : 'saving';
    const nth = phase === 'training' ? after : after + 1;
    await visit.hearing.until('moment to kill', (all) => {
      const since = all.slice(begun);
      const opened = since.some(({ kind }) => kind === 'opened');
      const there = opened && since.filter(({ kind }) => kind === wanted).length >= nth;
      return there || ended(since) || null;
    });
  }
  await sleep(delay);
  return !ended(visit.hearing.all.slice(begun));
}

/** Waits for the end of a run that goes on. */
export async function finished(visit: Visit, begun: number): Promise<void> {
  await visit.hearing.until('end of the run', (all) => ended(all.slice(begun)) || null, 600);
}

/** Whether a run has ended. @throws {Error} where it failed. */
function ended(since: Visit['hearing']['all']): boolean {
  const failed = since.find((heard) => heard.kind === 'failed');
  if (failed) throw new Error(`The page says: ${failed.message}`);
  return since.some((heard) => heard.kind === 'status' && heard.status === 'finished');
}
