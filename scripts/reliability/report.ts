/** What was written down of the parts, as tables. Pure: nothing here is a figure of its own. */
import { markdownTable } from '../markdown';
import { isBad, type Entry, type Killed, type PartName } from './entries';

export type Documents = Partial<Record<PartName, readonly Entry[]>>;

const titles: Record<PartName, string> = {
  'browser-training': 'Browser, anywhere in a run',
  'browser-saving': 'Browser, in saves',
  cli: 'Command line',
  gpu: 'GPU process',
  quota: 'No room, at every write',
  cleared: 'Site data cleared',
};

type Part = [name: PartName, entries: readonly Entry[]];

function of<Kind extends Entry['kind']>(entries: readonly Entry[], kind: Kind): Extract<Entry, { kind: Kind }>[] {
  return entries.filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind);
}

/** Both tables, and what went wrong. */
export function tables(documents: Documents): string {
  const all = Object.entries(documents) as Part[];
  const kills = all.filter(([, entries]) => of(entries, 'killed').length > 0);
  const tries = all.filter(([, entries]) => of(entries, 'tried').length > 0);
  return [
    ...(kills.length > 0 ? [killTable(kills)] : []),
    ...(tries.length > 0 ? [tryTable(tries)] : []),
    all.map(([name, entries]) => `- ${titles[name]}: ${machines(of(entries, 'begun'))}.`).join('\n'),
    faults(all),
  ].join('\n\n');
}

function killTable(parts: readonly Part[]): string {
  const head = ['killed', 'kills', 'opening, starting', 'training', 'saving', 'saved steps lost', 'steps made again'];
  const rows = parts.map(([name, entries]) => {
    const killed = of(entries, 'killed');
    const within = (...phases: Killed['phase'][]) => killed.filter(({ phase }) => phases.includes(phase)).length;
    return [
      titles[name],
      ...[killed.length, within('opening', 'starting'), within('training'), within('saving')].map(String),
      String(sum(killed.filter(last).map(({ said, found }) => Math.max(0, (said ?? 0) - (found ?? 0))))),
      String(sum(killed.filter(last).map(({ made, found }) => Math.max(0, made - (found ?? 0))))),
      ...endings(entries),
    ];
  });
  return markdownTable([...head, 'runs ended', 'equal'], rows);
}

function tryTable(parts: readonly Part[]): string {
  const rows = parts.map(([name, entries]) => {
    const tried = of(entries, 'tried');
    return [titles[name], String(tried.length), String(tried.filter(isBad).length), ...endings(entries)];
  });
  return markdownTable(['tried', 'times', 'with faults', 'runs ended', 'equal'], rows);
}

/** Runs that came to their end, and those of them that are their twin's equal. */
function endings(entries: readonly Entry[]): string[] {
  const ended = of(entries, 'finished');
  return [ended.length, ended.filter(({ differs }) => differs.length === 0).length].map(String);
}

/** Several kills may fall before anybody looks; what was made is told by each, and is lost once. */
function last({ number }: Killed, i: number, all: readonly Killed[]): boolean {
  const next = all[i + 1];
  return (
    !next ||
    next.number !== number + 1 ||
    next.seconds === undefined ||
    next.found !== all[i].found ||
    next.made !== all[i].made
  );
}

function machines(begun: readonly Extract<Entry, { kind: 'begun' }>[]): string {
  const [dates, ons, commits] = [
    begun.map(({ date }) => date.slice(0, 10)),
    begun.map(({ on }) => on),
    begun.map(({ commit }) => commit),
  ].map((each) => [...new Set(each)].join(', '));
  return `${dates}, ${ons}, at ${commits}`;
}

function faults(all: readonly Part[]): string {
  const words = all.flatMap(([name, entries]) =>
    entries.filter(isBad).map((entry) => `- ${titles[name]}: ${said(entry)}`),
  );
  return words.length === 0 ? 'Nothing went wrong.' : `What went wrong:\n\n${words.join('\n')}`;
}

function said(entry: Entry): string {
  switch (entry.kind) {
    case 'killed':
      return `kill ${entry.number} in ${entry.phase}: ${entry.faults.join(' ')}`;
    case 'tried':
      return `${entry.what}: ${entry.faults.join(' ')}`;
    case 'finished':
      return `a run ended otherwise than unstopped: ${entry.differs.join(', ')}.`;
    case 'given up':
      return `given up: ${entry.why.split('\n')[0]}`;
    case 'begun':
      return entry.on;
  }
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
