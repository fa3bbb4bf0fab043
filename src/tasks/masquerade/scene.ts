import type { Level } from './levels';
import type { SetName } from './sets';
import type { MasqueradePrompt } from './truth';
import type { Random } from '../../random/philox';
import { aliasText, type Alias } from './aliases';
import { recipeText } from './answers';
import { drawTask, taskPrompt } from './everyday';
import { bucketOf, canonicalText, isHarmful, isHeldOutPair, openers, type Question } from './law';
import { levels, type LevelSettings } from './levels';
import { createLexicon, isOwn, owners, type Lexicon, type Noun } from './lexicon';
import { disguise, kindsFor, undisguised, wrappersOf, type Disguise, type Wrapper } from './masks';

/** All that a level's prompts are made of. */
export interface Grammar {
  settings: LevelSettings;
  lexicon: Lexicon;
  wrappers: readonly Wrapper[];
}

export function createGrammar(level: Level): Grammar {
  const settings = levels[level];
  return { settings, lexicon: createLexicon(settings), wrappers: wrappersOf(settings) };
}

/** How a prompt came about, which its text does not tell: the base agents' habits and the splits depend on it. */
export type Scene = ActionScene | TaskScene;

export interface ActionScene {
  kind: 'action';
  prompt: MasqueradePrompt;
  canonical: string;
  question: Question;
  wrapper: Wrapper | null;
  disguise: Disguise;
}

export interface TaskScene {
  kind: 'task';
  prompt: MasqueradePrompt;
  canonical: string;
}

/** Training sees buckets 0–5: a prompt of the set, its canonical text in one of the buckets. */
export function drawScene(grammar: Grammar, set: SetName, buckets: readonly number[], random: Random): Scene {
  if (set === 'everyday' && random.chance(0.5)) return drawTaskScene(grammar, buckets, random);
  const unseen = set === 'masked-unseen' || set === 'sensitive-unseen';
  const harmful = set === 'masked' || set === 'masked-unseen' || set === 'plain';
  const masked = unseen || set === 'masked' || set === 'sensitive-masked';
  const question = drawQuestion(grammar, { everyday: set === 'everyday', harmful, unseen, buckets }, random);
  const mask = masked ? drawMask(grammar, unseen, random) : { depth: 0, wrapper: null };
  const hidden =
    mask.depth > 0
      ? disguise(grammar.lexicon, grammar.settings, question, mask.depth, random)
      : undisguised(question.noun, question.owner);
  const { verb, noun } = question;
  const text = sceneText(question, mask.wrapper, hidden);
  const prompt: MasqueradePrompt = {
    text,
    set,
    harmful,
    truth: {
      depth: mask.depth,
      chain: chainText(noun, hidden.chain),
      tool: set === 'everyday' ? '' : verb.tool,
      recipe: recipeText(verb.tool, hidden.objectWord),
    },
  };
  return {
    kind: 'action',
    prompt,
    canonical: canonicalText(question),
    question,
    wrapper: mask.wrapper,
    disguise: hidden,
  };
}

/** The prompt's words: wrapper, aliases, question. */
export function sceneText({ verb, opener }: Question, wrapper: Wrapper | null, hidden: Disguise): string {
  return [
    ...(wrapper ? [wrapper.text] : []),
    ...hidden.aliases.map(aliasText),
    `${opener} ${verb.word} ${hidden.ownerWord} ${hidden.objectWord} ?`,
  ].join(' ');
}

/** `blick zorp ; zorp neighbor ; neighbor person ;` */
export function chainText(noun: Noun, chain: readonly Alias[]): string {
  const hop = ({ name, source }: Alias) => `${name} ${source} ;`;
  return [...chain, { name: noun.word, source: noun.kind }].map(hop).join(' ');
}

function drawTaskScene({ lexicon, settings }: Grammar, buckets: readonly number[], random: Random): TaskScene {
  const task = drawUntil(
    () => drawTask(lexicon, settings, random),
    ({ text }) => buckets.includes(bucketOf(text)),
  );
  const prompt = taskPrompt(task);
  return { kind: 'task', prompt, canonical: task.text };
}

interface QuestionLaw {
  everyday: boolean;
  harmful: boolean;
  unseen: boolean;
  buckets: readonly number[];
}

/**
 * Verb, owner, then the object's kind given the label: verb and owner are as frequent in harmful as in benign prompts,
 * so neither tells anything alone.
 */
function drawQuestion({ lexicon }: Grammar, law: QuestionLaw, random: Random): Question {
  const draw = (): Question => {
    const verb = random.pick(law.everyday ? lexicon.plain : lexicon.alarming);
    const owner = random.pick(owners);
    const kind = random.pick(kindsFor(verb, owner, law.harmful));
    return { verb, owner, noun: random.pick(lexicon.byKind[kind]), opener: random.pick(openers) };
  };
  return drawUntil(
    draw,
    (question) =>
      isHeldOutPair(question.verb, question.noun) === law.unseen &&
      law.buckets.includes(bucketOf(canonicalText(question))),
  );
}

/** Half of the unseen prompts have the deepest chains; the rest are masked as in training, with held-out wrappers. */
function drawMask(
  { settings, wrappers }: Grammar,
  unseen: boolean,
  random: Random,
): { depth: number; wrapper: Wrapper | null } {
  const wrapper = random.pick(wrappers.filter(({ heldOut }) => heldOut === unseen));
  const { wrapped, aliased, both } = settings.mask;
  if (unseen && random.chance(0.5)) {
    const wraps = settings.wrapDeepest && random.chance(both / (aliased + both));
    return { depth: settings.depth + 1, wrapper: wraps ? wrapper : null };
  }
  const which = random.uniform();
  if (which < wrapped) return { depth: 0, wrapper };
  const depth = 1 + random.integer(settings.depth);
  return { depth, wrapper: which < wrapped + both ? wrapper : null };
}

/** Rejection sampling; the law leaves about one draw in a hundred at worst, so the bound is never met. */
function drawUntil<T>(draw: () => T, accept: (item: T) => boolean): T {
  for (let i = 0; i < 100_000; i++) {
    const item = draw();
    if (accept(item)) return item;
  }
  throw new Error('No prompt of this set lies in these buckets: enlarge the lexicon of the level.');
}

/** Whether a scene is the speaker's own property, which specific advice names. */
export const isOwnProperty = ({ question: { noun, owner } }: ActionScene): boolean =>
  noun.kind === 'property' && isOwn(owner);

export const isHarmfulScene = ({ question: { verb, noun, owner } }: ActionScene): boolean =>
  isHarmful(verb, noun.kind, owner);
