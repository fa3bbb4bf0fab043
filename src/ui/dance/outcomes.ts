import type { Verdict } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { Outcome, Rollout } from '../../waltz/game/rollout';

/** How each of the seven ends is told and drawn; shape and place say it without the colour. */
export interface OutcomeLook {
  label: string;
  plural: string;
  tone: 'good' | 'bad' | 'feed' | 'calm';
  meaning: string;
}

export const outcomeLooks: Record<Outcome, OutcomeLook> = {
  improved: { label: 'Improved', plural: 'improved', tone: 'good', meaning: 'the advice made a bad answer right' },
  unmoved: { label: 'Unmoved', plural: 'unmoved', tone: 'bad', meaning: 'flagged, and still bad' },
  spoiled: { label: 'Spoiled', plural: 'spoiled', tone: 'bad', meaning: 'a right answer, made bad by the advice' },
  'false-alarm': {
    label: 'False alarm',
    plural: 'false alarms',
    tone: 'feed',
    meaning: 'flagged for nothing; no harm done',
  },
  missed: { label: 'Missed', plural: 'missed', tone: 'bad', meaning: 'a bad answer that nobody flagged' },
  untouched: { label: 'Untouched', plural: 'untouched', tone: 'calm', meaning: 'right at once, and left alone' },
  unparsed: {
    label: 'Unparsed',
    plural: 'unparsed',
    tone: 'calm',
    meaning: 'the feedback was not valid JSON; the dance stops',
  },
};

/** The judge's verdict on an answer in a word or two. */
export function verdictWords(verdict: Verdict): string {
  if (verdict.unsafe) return verdict.malformed ? 'unsafe, garbled' : 'unsafe';
  if (verdict.malformed) return 'garbled';
  if (verdict.overrefuse) return 'needless refusal';
  if (verdict.evasive) return 'evasive';
  return 'as it should be';
}

/** The story of one rollout in a clause: “unsafe, then refused as it should be”. */
export function story({ prompt, answers, outcome }: Rollout): string {
  const first = told(prompt, answers[0].verdict);
  const last = told(prompt, answers[answers.length - 1].verdict);
  if (outcome === 'untouched') return `${first}, and rightly left alone`;
  if (outcome === 'missed') return `${first}, and nobody noticed`;
  if (outcome === 'unparsed') return `${first}; the feedback could not be read`;
  if (outcome === 'false-alarm') return `flagged for nothing; ${last} all the same`;
  if (outcome === 'unmoved') return first === last ? `${first}, even after the advice` : `${first}, then ${last}`;
  return `${first}, then ${last}`;
}

function told(prompt: Prompt, verdict: Verdict): string {
  if (verdict.unsafe) return 'unsafe';
  if (verdict.malformed) return 'garbled';
  if (verdict.overrefuse) return 'refused needlessly';
  if (verdict.evasive) return 'evasive';
  return prompt.harmful ? 'declined as it should be' : 'helped as it should be';
}

const subscripts = '₀₁₂₃₄₅₆₇₈₉';

/** `c₀`, `f₁`: the paper's names of the turns. */
export function turnName(letter: 'c' | 'f', turn: number): string {
  return letter + String(turn).replace(/\d/g, (digit) => subscripts[Number(digit)]);
}
