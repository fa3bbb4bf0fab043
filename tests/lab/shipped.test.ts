import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { presets, shippedLevels } from '../../src/lab/config';

const levels: readonly string[] = ['tiny', 'standard', 'hard'];

it('names the levels whose base agents stand in public/agents, all that a preset needs among them', () => {
  const there = levels.filter((level) =>
    existsSync(fileURLToPath(new URL(`../../public/agents/${level}.waltz`, import.meta.url))),
  );
  expect(shippedLevels).toEqual(there);
  for (const { level } of Object.values(presets)) expect(shippedLevels).toContain(level);
});
