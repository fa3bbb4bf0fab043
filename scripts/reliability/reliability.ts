/**
 * `npm run reliability -- PART`: breaks what can be broken while runs are trained, and looks whether anything is lost. What
 * happened is written down line by line under .cache/reliability/, so that a part goes on where it was stopped.
 */
import { execFileSync } from 'node:child_process';
import { Arguments, UsageError, usage, type CommandDescription } from '../../cli/arguments';
import { say } from '../../cli/output';
import type { Entry, PartName } from './entries';
import { Journal } from './journal';
import { killBrowser, runUnstopped } from './kill-browser';
import { momentOf, modes } from './moments';
import { linkOf, settingsOf } from './settings';
import { cache, serveSite } from './site';

const parts = ['browser'] as const;

const command = {
  name: 'reliability',
  summary: 'npm run reliability -- PART [options]: kills, fills and clears while runs are trained; PART is one of …',
  operands: ['PART'],
  options: {
    kills: { value: 'N', description: 'kills in all, those of before counted (default 50)' },
    mode: { value: 'NAME', description: `where the browser is killed: ${modes.join(' or ')} (default training)` },
    seed: { value: 'N', description: 'of the moments (default 1)' },
    help: { description: 'shows this' },
  },
} as const satisfies CommandDescription;

export async function reliability(argv: readonly string[]): Promise<number> {
  try {
    if (argv.includes('--help')) {
      say(usage(command));
      return 0;
    }
    const args = new Arguments(command, argv);
    const part = parts.find((each) => each === args.operands[0]);
    if (part === undefined) throw new UsageError(`PART is one of ${parts.join(', ')}, not "${args.operands[0]}".`);
    const faults = await browser(args);
    return faults > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`${error.name}: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function browser(args: Arguments): Promise<number> {
  const mode = args.choice('mode', modes) ?? 'training';
  const seed = args.count('seed') ?? 1;
  const name: PartName = `browser-${mode}`;
  const journal = new Journal<Entry>(`${cache}/${name}/journal.jsonl`);
  const link = linkOf(settingsOf(mode));
  const site = await serveSite(name);
  try {
    const common = { address: site.address, link };
    const twin = await runUnstopped({ ...common, profile: `${cache}/${name}/twin` });
    say(`The run that is never stopped has ended at step ${twin.run.step}.`);
    journal.add({ kind: 'begun', date: new Date().toISOString(), commit: commit(), with: `Chromium ${twin.version}` });
    await killBrowser({
      ...common,
      profile: `${cache}/${name}/profile`,
      twin: twin.run,
      from: journal.entries.filter(({ kind }) => kind === 'killed').length,
      to: args.count('kills') ?? 50,
      momentOf: (kill) => momentOf(mode, seed, kill),
      tell: (entry) => {
        journal.add(entry);
        say(JSON.stringify(entry));
      },
    });
  } finally {
    await site.close();
  }
  return journal.entries.filter(isBad).length;
}

function isBad(entry: Entry): boolean {
  if (entry.kind === 'killed') return entry.faults.length > 0;
  return entry.kind === 'given up' || (entry.kind === 'finished' && entry.differs.length > 0);
}

function commit(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}
