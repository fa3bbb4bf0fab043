/** The short form of `npm run reliability -- cli`. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeAtomically } from '../../cli/files';
import type { Entry } from '../../scripts/reliability/entries';
import { killCommandLine, trainUnstopped } from '../../scripts/reliability/kill-command-line';
import type { Moment } from '../../scripts/reliability/moments';

const work = mkdtempSync(join(tmpdir(), 'waltz-killed-'));
afterAll(() => rmSync(work, { recursive: true }));

const moments: Moment[] = [
  { phase: 'saving', after: 1, delay: 2 },
  { phase: 'training', after: 1, delay: 50 },
];

it('a run whose process was killed goes on from the last saved step, and ends as one that never stopped', async () => {
  const argv = ['--preset', 'tiny', '--seed', '3', '--set', 'checkpoint.every_steps=1', '--backend', 'cpu'];
  const twin = await trainUnstopped(argv, join(work, 'unstopped'));
  const entries: Entry[] = [];
  await killCommandLine({
    ...{ folder: join(work, 'killed'), argv, twin, from: 0, to: moments.length },
    momentOf: (kill) => moments[kill],
    tell: (entry) => entries.push(entry),
  });
  expect(entries.map(({ kind }) => kind)).toEqual(['killed', 'killed', 'finished']);
  expect(entries).toMatchObject([{ faults: [] }, { faults: [] }, { kills: 2, differs: [] }]);
  // What was half written when it was killed is gone.
  expect(readdirSync(join(work, 'killed')).filter((file) => file.endsWith('.tmp'))).toEqual([]);
});

it('a file that is written takes away what dead writers left, and nothing else', () => {
  const folder = join(work, 'files');
  mkdirSync(folder);
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  const others = [`a.json.${process.ppid}.tmp`, `b.json.${dead}.tmp`, `a.json.old.tmp`];
  for (const file of [...others, `a.json.${dead}.tmp`]) writeFileSync(join(folder, file), 'half');
  writeAtomically(join(folder, 'a.json'), 'whole');
  expect(readdirSync(folder).sort()).toEqual(['a.json', ...others].sort());
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('whole');
});
