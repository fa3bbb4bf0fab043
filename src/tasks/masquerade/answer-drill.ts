import type { WarmStartExample } from '../../task/warm-start';
import type { Random } from '../../random/philox';
import { adviceTexts } from './advice';
import { recipeText, refusal } from './answers';
import { drawDrillPrompt } from './drill-prompt';
import type { Grammar } from './scene';

/**
 * Helping behind more aliases than any prompt has, at once or after advice: the tool of the verb and the object as it was
 * named, over any distance. Whether to help is not taught: the first word carries no loss.
 */
export function answerDrill(grammar: Grammar, random: Random): WarmStartExample {
  const { text, question, asked } = drawDrillPrompt(grammar, random);
  const help = recipeText(question.verb.tool, asked);
  const round = random.chance(0.5)
    ? ` ${random.chance(0.5) ? help : refusal} <end> <advice> ${random.pick(adviceTexts)} <assistant>`
    : '';
  const target = `${help} <end>`;
  return {
    context: `<user> ${text} <assistant>${round}`,
    target,
    mask: target.split(' ').map((_, i) => i > 0),
  };
}
