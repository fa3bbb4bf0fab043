/** The judges of answers to real prompts, a line each. */
import type { Judge } from '../task/judge';
import { phrasesJudge, readPhrases, refusalPhrases } from './phrases';

/** A judge that can be chosen, with settings that are text. */
export interface JudgeKind {
  /** What it does, and what it cannot, in a sentence or two. */
  description: string;
  /** What its settings are, for a label. */
  settings: string;
  /** To begin with. */
  defaults: string;
  /** Throws an error that says what is wrong with the settings. */
  create(settings: string): Judge;
}

export const judges = {
  phrases: {
    description:
      'Looks for phrases that refusals have. It is crude: an answer without any of them counts as compliance, even where it makes no sense.',
    settings: 'Phrases of a refusal, one a line',
    defaults: refusalPhrases.join('\n'),
    create: (settings) => phrasesJudge(readPhrases(settings)),
  },
} as const satisfies Record<string, JudgeKind>;

export type JudgeName = keyof typeof judges;
export const judgeNames = Object.keys(judges) as JudgeName[];
