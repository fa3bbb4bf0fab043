import type { Mode } from './moments';

/** Steps of the runs that are killed: enough for many kills in each. */
const stages = { one: 8, two: 16 };

/** The settings of such a run by their paths: every step saved, or every other one and steps that are lost between them. */
export function settingsOf(mode: Mode): Record<string, string | number> {
  return {
    ...{ preset: 'tiny', seed: 3, 'stages.one': stages.one, 'stages.two': stages.two, 'evaluation.every': 4 },
    'checkpoint.every_steps': mode === 'saving' ? 1 : 2,
  };
}

/** As a link to the page. */
export function linkOf(settings: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(settings).map(([path, value]) => [path, String(value)]);
  return new URLSearchParams([['v', '2'], ...pairs]).toString();
}
