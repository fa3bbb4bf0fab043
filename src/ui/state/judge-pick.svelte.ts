import { defaultSettings, type JudgeSettings } from '../../judges/settings';
import type { JudgeChoice, MeasuringOffer, OfferedJudge, SettingField } from '../../../workers/protocol/measuring';

/** A judge as a form has it: which one, and what it goes by. */
export class JudgePick {
  name = $state('');
  /** Settings that are not the judge's own. */
  edits = $state.raw<JudgeSettings>({});
  /** For the judge's server. It is kept here alone, and gone with the page. */
  key = $state('');
  /** What is wrong with it. */
  problem = $state('');

  readonly #offer: () => MeasuringOffer | null;

  constructor(offer: () => MeasuringOffer | null) {
    this.#offer = offer;
  }

  /** What the judge is, null before that is known. */
  get kind(): OfferedJudge | null {
    return this.#offer()?.judges.find(({ name }) => name === this.name) ?? null;
  }

  /** All settings as they stand. */
  get settings(): JudgeSettings {
    return { ...defaultSettings(this.kind?.fields ?? [], this.edits), ...this.edits };
  }

  get choice(): JudgeChoice {
    return { name: this.name, settings: this.edits };
  }

  choose(name: string): void {
    this.name = name;
    this.edits = {};
    this.problem = '';
  }

  /** A choice takes along what it makes of other settings. */
  set(field: SettingField, value: string | number): void {
    const choices = field.type === 'choice' ? Object.values(field.choices) : [];
    const chosen = choices.flatMap(({ defaults = {} }) => Object.keys(defaults));
    this.#forget((key) => key === field.key || chosen.includes(key));
    if (this.settings[field.key] !== value) this.edits = { ...this.edits, [field.key]: value };
    this.problem = '';
  }

  /** The judge's own settings again. */
  reset(fields: readonly SettingField[]): void {
    this.#forget((key) => fields.some((field) => field.key === key));
    this.problem = '';
  }

  #forget(which: (key: string) => boolean): void {
    this.edits = Object.fromEntries(Object.entries(this.edits).filter(([key]) => !which(key)));
  }
}
