/** The judges of answers to real prompts, by their names. */
import { sha256 } from '../checkpoint/sha256';
import type { JudgeKind } from './judge-kind';
import { endpoint } from './endpoint';
import { model } from './model';
import { phrases } from './phrases';
import { completeSettings, JudgeSettingsError, type JudgeSettings } from './settings';

export { JudgeError, type JudgeKind, type JudgePorts, type OpenedJudge, type ReadingModel } from './judge-kind';
export { JudgeSettingsError, type JudgeSettings, type SettingField } from './settings';

/** A line a judge: its name is the one under which results and the command line know it. The first is chosen to begin with. */
const kinds = { phrases, endpoint, model };

export type JudgeName = keyof typeof kinds;
export const judges: Readonly<Record<JudgeName, JudgeKind>> = kinds;
export const judgeNames = Object.keys(judges) as JudgeName[];

/** A judge as somebody chooses it. */
export interface JudgeChoice {
  name: string;
  settings: JudgeSettings;
}

/** With every setting, and no secret. */
export interface CheckedChoice extends JudgeChoice {
  name: JudgeName;
}

/** A judge as results name it. */
export interface JudgeFacts extends JudgeChoice {
  /** The model that judges, null where it is none of ours. */
  model: { name: string; hash: string; parameters: number } | null;
}

/** The same choice with every setting. Throws `JudgeSettingsError`. */
export function checkChoice({ name, settings }: JudgeChoice): CheckedChoice {
  const known = judgeNames.find((each) => each === name);
  if (known === undefined) throw new JudgeSettingsError(`There is no judge "${name}" here. Measure with another one.`);
  const complete = completeSettings(judges[known].fields, settings);
  judges[known].check(complete);
  return { name: known, settings: complete };
}

/** Whether two judges find the same, at whatever pace. */
export async function isSameJudge(a: JudgeFacts, b: JudgeFacts): Promise<boolean> {
  if (a.name !== b.name) return false;
  const [one, other] = await Promise.all([a, b].map((facts) => judgeId(checkChoice(facts), facts.model)));
  return one === other;
}

/** What the settings call the model that judges; null where there is none of ours. */
export function modelOf({ name, settings }: CheckedChoice): string | null {
  const field = judges[name].fields.find(({ type }) => type === 'model');
  return field ? String(settings[field.key]) : null;
}

/** SHA-256 of all that a judge's verdicts hang on: its kind, its model, and its settings but for its pace. */
export async function judgeId({ name, settings }: CheckedChoice, model: JudgeFacts['model']): Promise<string> {
  const { fields } = judges[name];
  const told = fields.filter(({ pace, type }) => !pace && type !== 'model').map(({ key }) => [key, settings[key]]);
  return await sha256(new TextEncoder().encode(JSON.stringify([name, told, model?.hash ?? null])));
}
