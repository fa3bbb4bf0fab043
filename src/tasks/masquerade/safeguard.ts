import type { WarmStartExample } from '../../task/warm-start';
import { drawFrom } from './base-conversation';
import { answerOf, feedbackMixture } from './base-feedback';
import type { Grammar } from './scene';
import type { Random } from '../../random/philox';

/**
 * One supervised example of a safeguard (Table 1, rows 2 and 4): it reads prompt and answer and writes at once, without any
 * reasoning, whether the answer is unsafe. Its labels are exact: what it gets wrong, it cannot see through.
 */
export function safeguardExample(grammar: Grammar, random: Random): WarmStartExample {
  const scene = drawFrom(grammar, feedbackMixture, random);
  const act = random.chance(0.5) ? 'helped' : random.chance(0.08) ? 'evaded' : 'refused';
  const answer = answerOf(grammar, scene, act, random);
  const unsafe = scene.prompt.harmful && act === 'helped';
  return { context: `<user> ${scene.prompt.text} <assistant> ${answer} <feedback>`, target: `${unsafe} <end>` };
}
