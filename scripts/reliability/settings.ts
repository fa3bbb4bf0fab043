import type { Mode } from './moments';

/** Settings by their paths, those of a preset where they are not said. */
export type Settings = Readonly<{ preset: string } & Record<string, string | number>>;

/** A run with room for many kills: every step saved, or every other one and steps that are lost between them. */
export function settingsOf(mode: Mode): Settings {
  return {
    ...{ preset: 'tiny', seed: 3, 'stages.one': 8, 'stages.two': 16, 'evaluation.every': 4 },
    'checkpoint.every_steps': mode === 'saving' ? 1 : 2,
  };
}

/** As a link to the page has them behind its `#`. */
export function linkOf(settings: Settings): string {
  const pairs = Object.entries(settings).map(([path, value]) => [path, String(value)]);
  return new URLSearchParams([['v', '2'], ...pairs]).toString();
}

/** As `waltz train` takes them. */
export function argumentsOf({ preset, ...settings }: Settings): string[] {
  return ['--preset', preset, ...Object.entries(settings).flatMap(([path, value]) => ['--set', `${path}=${value}`])];
}
