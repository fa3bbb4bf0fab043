import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readBaseArchive } from '../../src/checkpoint/archive';
import { presets } from '../../src/lab/config';
import { modelConfig } from '../../src/lab/models/architecture';
import { environmentOf } from '../../src/lab/models/environment';
import {
  archiveName,
  isShipped,
  safeguardName,
  shippedAgents,
  shippedModel,
  withoutBaseAgents,
} from '../../src/lab/models/shipped';
import { archivePath } from '../../cli/base-agents';

it('names what stands in public/agents, all that a preset needs among it', () => {
  const named = shippedAgents.flatMap((one) => [archiveName(one), safeguardName(one)]);
  expect(named.map((name) => `${name}.waltz`).sort()).toEqual(readdirSync('public/agents').sort());
  for (const preset of Object.values(presets)) expect(isShipped(preset)).toBe(true);
});

it.each(shippedAgents)('names the task and size of $archive', async (one) => {
  const { task, agents } = await readBaseArchive(readFileSync(archivePath(one.archive)));
  expect(task).toMatchObject(one.task);
  const { tokenizer, task: here } = environmentOf(one.task);
  const config = modelConfig(one.model, tokenizer.size, here.limits);
  expect(agents.conversation.config).toEqual(config);
  expect(agents.feedback.config).toEqual(config);
});

it('says what to do where there are none', () => {
  const other = { task: { name: 'masquerade', level: 'hard' }, model: '0.9M' } as const;
  expect(isShipped(other)).toBe(false);
  expect(archiveName(other)).toBe('masquerade-hard-0.9M');
  const make = 'pretrain --task masquerade --level hard --model 0.9M --out public/agents';
  expect(withoutBaseAgents(other)).toMatch(/^Choose model 0.17M, whose are shipped; or begin with random weights/);
  expect(withoutBaseAgents(other)).toContain(make);
  const unknown = { task: { name: 'farm', level: 'small' }, model: '0.1M' } as const;
  expect(shippedModel(unknown.task)).toBeNull();
  expect(withoutBaseAgents(unknown)).toMatch(/^Begin with random weights/);
});
