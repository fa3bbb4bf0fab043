import {
  ConfigError,
  differences,
  parseConfig,
  presetNames,
  presets,
  setPath,
  type FieldPath,
  type PresetName,
  type RunConfig,
} from '../../lab/config';

/** What the page opens with: a first impression in minutes on any adapter. */
const firstPreset: PresetName = 'quick';

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/** The config as an address's fragment: the preset, and what differs from it. */
export function toHash(config: RunConfig): string {
  const pairs = [
    ['preset', config.preset],
    ...differences(config).map(({ field, value }) => [field.path, String(value)]),
  ];
  return new URLSearchParams(pairs).toString();
}

/** The config that a fragment stands for, `null` where it holds none. @throws ConfigError naming the setting. */
export function fromHash(fragment: string): RunConfig | null {
  const pairs = new URLSearchParams(fragment.replace(/^#/, ''));
  const preset = pairs.get('preset');
  if (preset === null) return null;
  if (!isPreset(preset))
    throw new ConfigError(`There is no preset “${preset}”. The presets are ${presetNames.join(', ')}.`);
  let config: RunConfig = structuredClone(presets[preset]);
  for (const [path, text] of pairs) if (path !== 'preset') config = setPath(config, path, text);
  return parseConfig(config);
}

/** The config in the visitor's hands: what the next run will be. */
export class Experiment {
  draft = $state.raw<RunConfig>(presets[firstPreset]);
  /** Why the address's settings were left aside, or ''. */
  addressProblem = $state('');

  changed = $derived(new Set<string>(differences(this.draft).map(({ field }) => field.path)));

  /** What forbids to run the draft, or ''. */
  problem = $derived.by(() => {
    try {
      parseConfig(this.draft);
      return '';
    } catch (error) {
      return messageOf(error);
    }
  });

  /** Sets one field; answers why it cannot be, or ''. */
  set(path: FieldPath, value: string | number): string {
    try {
      this.draft = setPath(this.draft, path, String(value));
      this.addressProblem = '';
      return '';
    } catch (error) {
      return messageOf(error);
    }
  }

  usePreset(name: string): void {
    if (!isPreset(name)) return;
    this.draft = presets[name];
    this.addressProblem = '';
  }

  /** Shows the settings of a run that was opened again. */
  adopt(config: RunConfig): void {
    this.draft = config;
    this.addressProblem = '';
  }

  /** Takes over the settings of an address. A broken one changes nothing and says so. */
  readAddress(fragment: string): void {
    try {
      this.draft = fromHash(fragment) ?? this.draft;
      this.addressProblem = '';
    } catch (error) {
      this.addressProblem = `The settings in the address were left aside. ${messageOf(error)}`;
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  throw error;
}
