import { execFileSync } from 'node:child_process';
import { say } from '../../cli/output';
import { clearSite } from './clear-site';
import type { Entry, PartName } from './entries';
import { fillUp } from './fill-up';
import { Journal } from './journal';
import { killBrowser, runUnstopped, type KillingOptions } from './kill-browser';
import { killCommandLine, trainUnstopped } from './kill-command-line';
import { killGpu } from './kill-gpu';
import { momentOf, type Mode, type Plan } from './moments';
import { argumentsOf, linkOf, settingsOf } from './settings';
import { cache, serveSite } from './site';

export interface Wanted {
  mode: Mode;
  /** Of the moments. */
  seed: number;
  /** Kills in all. */
  kills: number | undefined;
}

/** What was written down of a part, in all its runs. */
export interface Done {
  name: PartName;
  entries: readonly Entry[];
}

/** What can be broken, by its name on the command line. */
export const parts = {
  browser: ({ mode, seed, kills = 50 }: Wanted) => killing(`browser-${mode}`, mode, mode, { seed, kills }, killBrowser),
  gpu: ({ seed, kills = 10 }: Wanted) => killing('gpu', 'saving', 'gpu', { seed, kills }, killGpu),
  cli: commandLine,
  quota: () => trying('quota', fillUp),
  cleared: () => trying('cleared', clearSite),
} as const satisfies Record<string, (wanted: Wanted) => Promise<Done>>;

export const partNames = Object.keys(parts) as (keyof typeof parts)[];

async function killing(
  name: PartName,
  mode: Mode,
  plan: Plan,
  { seed, kills }: { seed: number; kills: number },
  kill: (options: KillingOptions) => Promise<void>,
): Promise<Done> {
  const notes = new Notes(name);
  if (notes.killed >= kills) return notes.done;
  await onSite(name, linkOf(settingsOf(mode)), notes, (given) =>
    kill({ ...given, from: notes.killed, to: kills, momentOf: (number) => momentOf(plan, seed, number) }),
  );
  return notes.done;
}

type OnSite = Pick<KillingOptions, 'address' | 'profile' | 'link' | 'twin' | 'tell'>;

/** What is tried once, and written down anew. */
async function trying(name: PartName, work: (given: OnSite) => Promise<void>): Promise<Done> {
  const notes = new Notes(name, { anew: true });
  await onSite(name, linkOf({ ...settingsOf('saving'), 'stages.one': 2, 'stages.two': 2 }), notes, work);
  return notes.done;
}

/** Serves the page, runs the settings unstopped, then does the work. */
async function onSite(name: PartName, link: string, notes: Notes, work: (given: OnSite) => Promise<void>) {
  const { address, close } = await serveSite(name);
  try {
    const given = { address, link, profile: `${cache}/${name}/profile` };
    const { run, version } = await runUnstopped(given);
    notes.begin(`Chromium ${version}`);
    await work({ ...given, twin: run, tell: (entry) => notes.add(entry) });
  } finally {
    await close();
  }
}

async function commandLine({ seed, kills = 50 }: Wanted): Promise<Done> {
  const notes = new Notes('cli');
  if (notes.killed >= kills) return notes.done;
  const argv = argumentsOf(settingsOf('saving'));
  const twin = await trainUnstopped(argv, `${cache}/cli/unstopped`);
  notes.begin(`Node ${process.version}, ${twin.provenance.adapter}`);
  await killCommandLine({
    ...{ folder: `${cache}/cli/run`, argv, twin, from: notes.killed, to: kills },
    momentOf: (number) => momentOf('command line', seed, number),
    tell: (entry) => notes.add(entry),
  });
  return notes.done;
}

/** The journal of a part. */
class Notes {
  readonly #name: PartName;
  readonly #journal: Journal<Entry>;

  constructor(name: PartName, { anew = false } = {}) {
    this.#name = name;
    this.#journal = new Journal(`${cache}/${name}/journal.jsonl`, { anew });
  }

  get done(): Done {
    return { name: this.#name, entries: this.#journal.entries };
  }

  /** Kills that were written down. */
  get killed(): number {
    return this.#journal.entries.filter(({ kind }) => kind === 'killed').length;
  }

  begin(on: string): void {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    this.add({ kind: 'begun', date: new Date().toISOString(), commit, on });
  }

  add(entry: Entry): void {
    this.#journal.add(entry);
    say(JSON.stringify(entry));
  }
}
