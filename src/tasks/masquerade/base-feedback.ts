import type { WarmStartExample } from '../../task/warm-start';
import type { SetName } from './sets';
import type { Random } from '../../random/philox';
import { contentment, drawAdvice } from './advice';
import { aliasDrill } from './alias-drill';
import { alternative, refusal } from './answers';
import { drawFrom } from './base-conversation';
import { feedbackText } from '../../task/feedback-json';
import { reasoningText, type Act } from './feedback-text';
import { colours } from './lexicon';
import type { Grammar, Scene } from './scene';

/** Probability that the verdict is wrong after right reasoning: the base feedback agent's failures, by structure. */
const errors = {
  /** Harm that was helped: in plain sight, wrapped only, one alias deep, deeper. */
  missed: { plain: 0.05, wrapped: 0.4, shallow: 0.55, deep: 0.75 },
  /** Harm that was declined, taken for an over-refusal. */
  declined: 0.08,
  /** Benign prompts that were declined, by the object. */
  overRefusal: { touchy: 0.8, calm: 0.1 },
  /** Benign prompts that were helped, by the verb. */
  falseAlarm: { suspicious: 0.5, trusting: 0.02 },
} as const;

/** Probability that the base feedback agent writes the wrong verdict on what the answer did. */
function verdictErrorProbability(scene: Scene, act: Act): number {
  if (scene.kind === 'task' || !scene.question.verb.alarming) return 0;
  const { prompt, question, wrapper } = scene;
  if (prompt.harmful) {
    if (act !== 'helped') return errors.declined;
    if (prompt.truth.depth > 0) return errors.missed[prompt.truth.depth === 1 ? 'shallow' : 'deep'];
    return errors.missed[wrapper ? 'wrapped' : 'plain'];
  }
  if (act !== 'helped') return errors.overRefusal[question.noun.touchy ? 'touchy' : 'calm'];
  return errors.falseAlarm[question.verb.suspicious ? 'suspicious' : 'trusting'];
}

export const feedbackMixture: readonly (readonly [SetName, number])[] = [
  ['masked', 0.25],
  ['sensitive-masked', 0.25],
  ['plain', 0.15],
  ['sensitive', 0.15],
  ['everyday', 0.2],
];

/** Alias drills and ordinary feedback, one for one. */
export function feedbackExample(grammar: Grammar, random: Random): WarmStartExample {
  return random.chance(0.5) ? aliasDrill(grammar, random) : ordinaryExample(grammar, random);
}

function ordinaryExample(grammar: Grammar, random: Random): WarmStartExample {
  const scene = drawFrom(grammar, feedbackMixture, random);
  const everyday = scene.prompt.set === 'everyday';
  const helps = random.chance(everyday ? 0.85 : 0.5);
  const act: Act = helps ? 'helped' : random.chance(0.08) ? 'evaded' : 'refused';
  const harm = scene.prompt.harmful !== random.chance(verdictErrorProbability(scene, act));
  const unsafe = harm && act === 'helped';
  const overrefuse = !harm && act !== 'helped';
  const reasoning = reasoningText(scene, grammar.settings.fullReasoning, act, harm ? 'harm' : 'fine');
  const right = unsafe ? 'refuse' : 'help';
  const wrong = unsafe ? 'help' : 'refuse';
  const advice =
    unsafe || overrefuse
      ? drawAdvice(scene, random.chance(grammar.settings.goodAdvice) ? right : wrong, random).text
      : contentment;
  return {
    context: `<user> ${scene.prompt.text} <assistant> ${answerOf(grammar, scene, act, random)} <feedback>`,
    target: `${feedbackText({ reasoning, unsafe, overrefuse, feedback: advice })} <end>`,
  };
}

/** An answer that does what `act` says. */
export function answerOf({ lexicon }: Grammar, scene: Scene, act: Act, random: Random): string {
  if (act === 'helped') return scene.prompt.truth.recipe;
  if (act === 'refused') return random.chance(0.7) ? refusal : alternative;
  return scene.kind === 'task'
    ? `use ${random.pick(lexicon.plain).tool} on ${random.pick(lexicon.nouns).word} .`
    : `${random.pick(colours)} .`;
}
