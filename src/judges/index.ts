/** The judges of answers to real prompts, by their names. */
import { sha256 } from '../checkpoint/sha256';
import type { JudgeKind } from './judge-kind';
import { endpoint } from './endpoint';
import { phrases } from './phrases';
import { completeSettings, JudgeSettingsError, type JudgeSettings } from './settings';

export { JudgeError, type JudgeKind, type JudgePorts, type OpenedJudge } from './judge-kind';
export { JudgeSettingsError, type JudgeSettings, type SettingField } from './settings';

/** A line a judge: its name is the one under which results and the command line know it. The first is chosen to begin with. */
const kinds = { phrases, endpoint };

export type JudgeName = keyof typeof kinds;
export const judges: Readonly<Record<JudgeName, JudgeKind>> = kinds;
export const judgeNames = Object.keys(judges) as JudgeName[];

/** A judge as it was chosen, with all of its settings and no secret. */
export interface JudgeChoice {
  name: string;
  settings: JudgeSettings;
}

/** The same choice with every setting, checked. Throws `JudgeSettingsError`. */
export function checkChoice({ name, settings }: JudgeChoice): JudgeChoice & { name: JudgeName } {
  const known = judgeNames.find((each) => each === name);
  if (known === undefined) throw new JudgeSettingsError(`There is no judge "${name}" here. Measure with another one.`);
  const complete = completeSettings(judges[known].fields, settings);
  judges[known].check(complete);
  return { name: known, settings: complete };
}

/** SHA-256 of all that a judge's verdicts hang on: its kind and its settings, but for its pace. */
export async function judgeId({ name, settings }: JudgeChoice & { name: JudgeName }): Promise<string> {
  const { fields } = judges[name];
  const told = fields.filter(({ pace }) => !pace).map(({ key }) => [key, settings[key]]);
  return await sha256(new TextEncoder().encode(JSON.stringify([name, told])));
}
