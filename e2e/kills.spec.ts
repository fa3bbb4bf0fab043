import { expect, test } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../scripts/reliability/entries';
import { killBrowser, runUnstopped } from '../scripts/reliability/kill-browser';
import type { Moment } from '../scripts/reliability/moments';
import { linkOf } from '../scripts/reliability/settings';

/** The short form of `npm run reliability -- browser`. */
const moments: Moment[] = [
  { phase: 'saving', after: 0, delay: 40 },
  { phase: 'training', after: 1, delay: 100 },
];

test('a run whose browser was killed goes on from the last saved step, and ends as one that never stopped', async ({
  baseURL,
}) => {
  const profile = mkdtempSync(join(tmpdir(), 'waltz-killed-'));
  try {
    const link = linkOf({ preset: 'tiny', seed: 3, 'checkpoint.every_steps': 1 });
    const given = { address: baseURL!, profile, link };
    const { run: twin } = await runUnstopped(given);
    const entries: Entry[] = [];
    await killBrowser({
      ...{ ...given, twin, from: 0, to: moments.length },
      momentOf: (kill) => moments[kill],
      tell: (entry) => entries.push(entry),
    });
    expect(entries.map(({ kind }) => kind)).toEqual(['killed', 'killed', 'finished']);
    expect(entries).toMatchObject([{ faults: [] }, { faults: [] }, { kills: 2, differs: [] }]);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});
