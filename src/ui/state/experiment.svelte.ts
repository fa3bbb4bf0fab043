import {
  ConfigError,
  differences,
  parseConfig,
  presets,
  setPath,
  type FieldPath,
  type PresetName,
  type RunConfig,
} from '../../lab/config';
import { fromHash, isPreset, toHash } from './address';

/** What the page opens with: a first impression in minutes on any adapter. */
const firstPreset: PresetName = 'quick';

/** The config in the visitor's hands: what the next run will be. */
export class Experiment {
  draft = $state.raw<RunConfig>(presets[firstPreset]);
  /**
   * What a link brought, while the page tells of it: until the visitor trains, goes back to the defaults or lets it be.
   * Null for settings that the page opens with anyway, and for those that the visitor chose here: a reload of one's own
   * page is no news. A link that was opened and left as it came is told of again after a reload.
   */
  brought = $state.raw<RunConfig | null>(null);
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
    this.brought = null;
    this.addressProblem = '';
  }

  /** Whether the settings are the visitor's choice, and not a link's as it came. */
  get own(): boolean {
    return this.draft !== this.brought;
  }

  /** Tells no more of the link; its settings stay. */
  dismissLink(): void {
    this.brought = null;
  }

  backToLink(): void {
    this.draft = this.brought ?? this.draft;
  }

  backToDefaults(): void {
    this.adopt(presets[firstPreset]);
  }

  /**
   * Takes over the settings of an address, of one's `own` or of somebody's link. A broken one changes nothing and says
   * so.
   */
  readAddress(fragment: string, own: boolean): void {
    try {
      const config = fromHash(fragment);
      this.addressProblem = '';
      if (!config) return;
      this.draft = config;
      this.brought = own || toHash(config) === toHash(presets[firstPreset]) ? null : config;
    } catch (error) {
      this.addressProblem = `The settings in the address were left aside. ${messageOf(error)}`;
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  throw error;
}
