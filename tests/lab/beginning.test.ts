import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { presets } from '../../src/lab/config';
import type { BaseChoice } from '../../src/lab/models/shipped';
import { archivesOf, BeginningMismatchError, readBeginning } from '../../src/lab/reproduction/beginning';

const { tiny, standard } = presets;
const archives = (choice: BaseChoice) =>
  archivesOf(choice).map((name) => new Uint8Array(readFileSync(`public/agents/${name}.waltz`)));

it('what tables begin with is of its task as it is now', async () => {
  const { states, base } = await readBeginning(tiny, archives(tiny));
  expect(Object.keys(states)).toEqual(['conversation', 'feedback', 'safeguard']);
  expect(base).toMatch(/^[0-9a-f]{64}$/);
  await expect(readBeginning(standard, archives(tiny))).rejects.toThrow(BeginningMismatchError);
  await expect(readBeginning(tiny, [archives(tiny)[0], archives(standard)[1]])).rejects.toThrow(
    'of masquerade standard version',
  );
});
