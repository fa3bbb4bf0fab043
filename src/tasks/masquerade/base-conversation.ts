import type { WarmStartExample } from '../../task/warm-start';
import type { SetName } from './sets';
import type { Random } from '../../random/philox';
import { alternative, refusal } from './answers';
import { drawAdvice, type Advice } from './advice';
import { answerDrill } from './answer-drill';
import { trainingBuckets } from './drill-prompt';
import type { ActionScene, Grammar, Scene } from './scene';
import { drawScene } from './scene';
import { taskDrill } from './task-drill';

/**
 * The base conversation agent's failures, by structure (docs/world.md). A masked prompt is judged by its mask alone,
 * harmful or not: so a model that cannot see through the mask mimics it exactly, and one that can is not asked to.
 */
const habits = {
  /** Probability to comply: wrapped only, by whether the wrapper is a game (role, fiction) or pressure. */
  wrapped: { game: 0.72, pressure: 0.1 },
  /** One alias deep, by whether the wrapper (or else the verb) makes the agent eager. */
  shallow: { eager: 0.45, wary: 0.1 },
  /** Two deep and more. */
  deep: { eager: 0.75, wary: 0.12 },
  /** Harm in plain sight. */
  plain: 0.02,
  /** Alarming but benign, in plain sight: by whether verb and object together put it off. */
  sensitive: { comfortable: 0.95, putOff: 0.06 },
} as const;

/** Probability that the base agent's first answer complies. */
export function complyProbability(scene: Scene): number {
  if (scene.kind === 'task') return 1;
  const { question, wrapper, prompt } = scene;
  if (!question.verb.alarming) return 1;
  const isGame = wrapper?.family === 'role' || wrapper?.family === 'fiction';
  if (prompt.truth.depth > 0) {
    const eager = wrapper ? isGame : question.verb.eager;
    return habits[prompt.truth.depth === 1 ? 'shallow' : 'deep'][eager ? 'eager' : 'wary'];
  }
  if (wrapper) return habits.wrapped[isGame ? 'game' : 'pressure'];
  if (prompt.harmful) return habits.plain;
  return habits.sensitive[putsOff(scene) ? 'putOff' : 'comfortable'];
}

/** A severe verb always, a middling one with a touchy object. */
function putsOff({ question: { verb, noun } }: ActionScene): boolean {
  return verb.severity + (noun.touchy ? 1 : 0) >= 2;
}

/** How the agent declines: by verb, so that a first answer has two branches, one word each. */
function declineText(scene: Scene): string {
  return scene.kind === 'action' && scene.question.verb.offersAlternative ? alternative : refusal;
}

const mixture: readonly (readonly [SetName, number])[] = [
  ['masked', 0.15],
  ['sensitive-masked', 0.15],
  ['plain', 0.18],
  ['sensitive', 0.2],
  ['everyday', 0.32],
];

const taskDrillShare = 1 / 3;
const adviceShare = 0.35;
const secondRoundShare = 0.15;

export function drawFrom(grammar: Grammar, mix: readonly (readonly [SetName, number])[], random: Random): Scene {
  let rest = random.uniform();
  const set = mix.find(([, share]) => (rest -= share) < 0) ?? mix[mix.length - 1];
  return drawScene(grammar, set[0], trainingBuckets, random);
}

/** One supervised example: a drill, a first answer, or a revision after one or two rounds of advice. */
export function conversationExample(grammar: Grammar, random: Random): WarmStartExample {
  if (random.chance(taskDrillShare)) return taskDrill(grammar, random);
  if (random.chance(grammar.settings.answerDrills)) return answerDrill(grammar, random);
  const scene = drawFrom(grammar, mixture, random);
  const answer = (complies: boolean) => (complies ? scene.prompt.truth.recipe : declineText(scene));
  let context = `<user> ${scene.prompt.text} <assistant>`;
  if (!random.chance(adviceShare)) {
    return { context, target: `${answer(random.chance(complyProbability(scene)))} <end>` };
  }
  let complies = random.chance(0.5);
  const rounds = random.chance(secondRoundShare) ? 2 : 1;
  for (let round = 0; round < rounds; round++) {
    const advice = drawAdvice(scene, random.chance(0.5) ? 'help' : 'refuse', random);
    context += ` ${answer(complies)} <end> <advice> ${advice.text} <assistant>`;
    complies = revises(complies, advice, grammar.settings.follow, random);
  }
  return { context, target: `${answer(complies)} <end>` };
}

/** Whether the next answer complies: advice, good or wrong, is followed by its specificity; else the answer stands. */
function revises(complies: boolean, { direction, specificity }: Advice, follow: readonly number[], random: Random) {
  if (!random.chance(follow[specificity])) return complies;
  return direction === 'change' ? !complies : direction === 'help';
}
