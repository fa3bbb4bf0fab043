import { changesOf, type Difference } from './edits';
import { shippedModel } from '../models/shipped';
import type { RunConfig } from './run-config';

/** What people call a run: the preset, what differs from it, the seed. */
export function runName(config: RunConfig): string {
  return `${experimentName(config)} · seed ${config.seed}`;
}

/** The same for every seed. */
export function experimentName(config: RunConfig): string {
  return [config.preset, ...changeWords(config)].join(' · ');
}

/**
 * What differs from the preset, the seed apart, each in a few words: `400 + 200 steps`, `λ 0.1`, `conversation agent frozen`.
 * The model is said where it is another than the one that is shipped for the task and level.
 */
export function changeWords(config: RunConfig): string[] {
  const { one, two } = config.stages;
  const said = (path: string) => path !== 'model' && !path.startsWith('task.');
  const changes = changesOf(config);
  const task = changes.filter(({ field }) => field.path.startsWith('task.')).map(wordsOf);
  const model = config.model === shippedModel(config.task) ? [] : [`model ${config.model}`];
  const words = changes
    .filter(({ field }) => said(field.path))
    .map((change) => {
      const { path } = change.field;
      return path === 'stages.one' || path === 'stages.two' ? `${one} + ${two} steps` : wordsOf(change);
    });
  return [...new Set([...task, ...model, ...words])];
}

function wordsOf({ field: { kind, symbol, label, group }, value }: Difference): string {
  if (kind.type === 'choice') return kind.choices.find((choice) => choice.value === value)?.said ?? String(value);
  if (symbol) return `${symbol} ${value}`;
  const words = label.includes('…') ? label.replace('…', String(value)) : `${label} ${value}`;
  // Games have a temperature too.
  return group === 'Evaluation' ? `evaluation: ${lowerFirst(words)}` : lowerFirst(words);
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** What a run is called that goes on with other settings: a name that somebody gave stays, one made from them follows. */
export function nameWith(config: RunConfig, before: { name: string; config: RunConfig }): string {
  return before.name === runName(before.config) ? runName(config) : before.name;
}
