/** Settings of a judge, described so that a page can draw them and a command line can take them. */

export type JudgeSettings = Readonly<Record<string, string | number>>;

interface Described {
  /** Its name in settings, and at the command line. */
  key: string;
  label: string;
  explains: string;
  /** Settings of the same judge that it belongs to: it is of no use where one of them has another value. */
  with?: Readonly<Record<string, string>>;
  /** Whether a page shows it right away; others are opened by a press. */
  needed?: true;
  /** Whether it changes how fast a judge works and never what it finds. */
  pace?: true;
}

export interface TextField extends Described {
  type: 'text';
  default: string;
  /** Lines that are shown; a field of one line if left out. */
  lines?: number;
  placeholder?: string;
}

/** A model: of those that a page keeps, or a folder. */
export interface ModelField extends Described {
  type: 'model';
  default: string;
}

export interface NumberField extends Described {
  type: 'number';
  default: number;
  least: number;
  most: number;
  step: number;
}

export interface ChoiceField extends Described {
  type: 'choice';
  default: string;
  /** Values by their names, each with what it makes of the defaults of other settings. */
  choices: Readonly<Record<string, { label: string; defaults?: JudgeSettings }>>;
}

export type SettingField = TextField | NumberField | ChoiceField | ModelField;

/** A setting that no judge can have. The message says which and what is right. */
export class JudgeSettingsError extends Error {
  override name = 'JudgeSettingsError';
}

/** Letters of a setting. */
const LONGEST_TEXT = 200_000;

/** What stands where nothing was said, after what was chosen. */
export function defaultSettings(fields: readonly SettingField[], given: JudgeSettings = {}): JudgeSettings {
  const chosen = fields.flatMap((field) => {
    if (field.type !== 'choice') return [];
    return [field.choices[given[field.key] ?? field.default]?.defaults ?? {}];
  });
  const own = Object.fromEntries(fields.map((field) => [field.key, field.default]));
  return Object.assign(own, ...chosen) as JudgeSettings;
}

/** All settings of a judge; those that were not given are its own. Throws `JudgeSettingsError`. */
export function completeSettings(fields: readonly SettingField[], given: JudgeSettings): JudgeSettings {
  const stray = Object.keys(given).find((key) => fields.every((field) => field.key !== key));
  if (stray !== undefined) {
    const known = fields.map(({ key }) => key).join(', ');
    throw new JudgeSettingsError(`This judge has no setting "${stray}". It has ${known}.`);
  }
  const all = { ...defaultSettings(fields, given), ...given };
  for (const field of fields) check(field, all[field.key]);
  return all;
}

/** Whether a field is of use beside these settings. */
export function applies({ with: needed = {} }: Pick<SettingField, 'with'>, settings: JudgeSettings): boolean {
  return Object.entries(needed).every(([key, value]) => settings[key] === value);
}

/** A sentence with the values of settings in the places of their keys. */
export function fillIn(sentence: string, settings: JudgeSettings): string {
  return sentence.replace(/\{(\w+)\}/g, (place, key: string) => String(settings[key] ?? '').trim() || place);
}

function check(field: SettingField, value: unknown): void {
  const refuse = (wanted: string): never => {
    throw new JudgeSettingsError(`The judge's setting "${field.label}" must be ${wanted}.`);
  };
  if (field.type === 'number') {
    const { least, most } = field;
    if (typeof value !== 'number' || !(value >= least && value <= most)) refuse(`a number from ${least} to ${most}`);
    if (Number.isInteger(field.step) && !Number.isInteger(value)) refuse('a whole number');
  } else if (field.type === 'choice') {
    if (typeof value !== 'string' || !Object.hasOwn(field.choices, value)) {
      refuse(`one of ${Object.keys(field.choices).join(', ')}`);
    }
  } else if (typeof value !== 'string' || value.length > LONGEST_TEXT) {
    refuse(`a text of ${LONGEST_TEXT} letters at most`);
  }
}
