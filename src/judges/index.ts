/** The judges of answers to real prompts, by their names. */
import type { JudgeKind } from './judge-kind';
import * as kinds from './kinds';

export type { JudgeKind } from './judge-kind';

export type JudgeName = keyof typeof kinds;
export const judges: Readonly<Record<JudgeName, JudgeKind>> = kinds;
export const judgeNames = Object.keys(judges) as JudgeName[];
