import type { SavedRun } from '../../../workers/protocol/runs';
import { changeWords, totalSteps, valueAt, fields, type Field, type RunConfig } from '../../lab/config';

/** Pinned first, then newest. */
export function ordered(saved: readonly SavedRun[]): SavedRun[] {
  return saved.toSorted((a, b) => Number(b.pinned) - Number(a.pinned) || b.savedAt - a.savedAt);
}

/** Whether every word of the filter occurs in what the list says of the run. */
export function matches(run: SavedRun, filter: string): boolean {
  const { name, config, build, adapter, finished } = run;
  const said = [name, config.preset, ...changeWords(config), `seed ${config.seed}`, build, adapter];
  const text = [...said, finished ? 'finished' : 'unfinished'].join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Settings in which these configs are not all the same, in the order of the controls. */
export function differing(configs: readonly RunConfig[]): Field[] {
  return fields.filter(({ path }) => new Set(configs.map((config) => valueAt(config, path))).size > 1);
}

/** What the end of a run's checkpoint is called. */
export function checkpointText({ config, step: last }: Pick<SavedRun, 'config' | 'step'>, step: number): string {
  if (step === config.stages.one) return step === last ? 'the end of stage 1, its last' : 'the end of stage 1';
  if (step === last) return step >= totalSteps(config) ? 'the end' : 'its last';
  return 'within stage 2';
}
