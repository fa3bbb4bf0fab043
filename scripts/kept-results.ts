/** Measurements as they are kept in results/, one file each: a long table goes on where it stopped. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shippedAgents } from '../cli/base-agents';
import { readIfPresent, writeAtomically } from '../cli/files';
import { configHash, presetNames as allPresets, presets, type PresetName, type RunConfig } from '../src/lab/config';
import type { Level } from '../src/world';
import type { Reference, Result } from './results-page';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** The reference runs of the project first. */
export const presetNames = allPresets.toSorted((a, b) => Number(b === 'standard') - Number(a === 'standard'));

/** All that is kept in results/ of the agents that are shipped now. */
export function keptReferences(): Reference[] {
  return presetNames.flatMap(keptReference);
}

/** What is kept of a preset: nothing, or its base agents and the seeds from 1 on that were measured. */
function keptReference(preset: PresetName): Reference[] {
  const { level } = presets[preset];
  const archive = readIfPresent(join(shippedAgents, `${level}.waltz`));
  const base = archive && kept(baseFile(level), digest(archive));
  if (!base) return [];
  const runs: Result[] = [];
  for (let seed = 1; ; seed++) {
    const run = kept(runFile({ ...presets[preset], seed }), base.base);
    if (!run) break;
    runs.push(run);
  }
  return runs.length > 0 ? [{ preset, base, runs }] : [];
}

export const digest = (archive: Uint8Array) => createHash('sha256').update(archive).digest('hex');
export const baseFile = (level: Level) => join(root, `results/base-${level}.json`);
export const runFile = (config: RunConfig) => join(root, `results/${runId(config)}.json`);
export const runId = (config: RunConfig) => `${configHash(config)}-${config.seed}`;

/** A kept result of the same base agents, null where it has to be made. */
export function kept(file: string, base: string): Result | null {
  const bytes = readIfPresent(file);
  if (!bytes) return null;
  const result = JSON.parse(new TextDecoder().decode(bytes)) as Result;
  return result.base === base ? result : null;
}

export function keep(file: string, result: Result): Result {
  writeAtomically(file, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}
