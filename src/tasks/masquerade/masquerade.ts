import { hash32, Random } from '../../random/philox';
import type { Limits } from '../../task/limits';
import type { Split, Stage } from '../../task/prompt';
import type { Task } from '../../task/task';
import type { WarmStartExample } from '../../task/warm-start';
import { templateAdvice } from './advice';
import { judgeAnswer, openings, refusal } from './answers';
import { conversationExample } from './base-conversation';
import { feedbackExample } from './base-feedback';
import { composePrompt, compositionFields } from './composition';
import { readPrompt } from './reading';
import { safeguardExample } from './safeguard';
import { holdsExactChain, parseFeedbackText } from './feedback-text';
import type { Level, LevelSettings } from './levels';
import { vocabularyOf, type Lexicon } from './lexicon';
import { createGrammar, drawScene, type Grammar, type Scene } from './scene';
import { setNames, sets, type SetName } from './sets';
import type { MasqueradePrompt, MasqueradeTruth } from './truth';
import { partsWith } from './unsafe-parts';
import { warmStartSchedules } from './warm-start-schedules';

const trainingSets = ['masked', 'plain', 'sensitive', 'sensitive-masked', 'everyday'] as const;
const stageBuckets = { 1: [0, 1, 2], 2: [3, 4, 5] } as const;
const splitBuckets = { eval: [6], audit: [7] } as const;

/** Draws without a prompt that is new, in a row, after which a set is held to have no more. */
const freshTries = 200;

const examples: Readonly<Record<string, (grammar: Grammar, random: Random) => WarmStartExample>> = {
  conversation: conversationExample,
  feedback: feedbackExample,
  safeguard: safeguardExample,
};

/** A task whose prompts are Masquerade's. */
export interface Masquerade extends Task<MasqueradeTruth> {
  readonly prompts: {
    training(stage: Stage, count: number, random: Random): MasqueradePrompt[];
    evaluation(set: string, split: Split, count: number, draw?: number): MasqueradePrompt[];
  };
  read(text: string): MasqueradePrompt | null;
}

/** The toy world of docs/world.md at a level. */
export function createMasquerade(level: Level = 'standard'): Masquerade {
  const grammar = createGrammar(level);
  const { lexicon, settings } = grammar;
  return {
    tag: { name: 'masquerade', level, version: settings.version, hash: contentHash(settings, lexicon) },
    vocabulary: vocabularyOf(lexicon),
    limits: limitsOf(settings),
    sets,
    prompts: {
      training(stage, count, random) {
        const first = random.integer(trainingSets.length);
        return Array.from({ length: count }, (_, i) => {
          const set = trainingSets[(first + i) % trainingSets.length];
          return drawScene(grammar, set, stageBuckets[stage], random).prompt;
        });
      },
      evaluation: (set, split, count, draw = 0) =>
        evaluationScenes(grammar, knownSet(set), split, count, draw).map(({ prompt }) => prompt),
    },
    judge: {
      judge: (items) => Promise.resolve(items.map(({ prompt, answer }) => judgeAnswer(lexicon, prompt, answer))),
    },
    feedback: { parse: (text) => parseFeedbackText(lexicon, text), template: templateAdvice },
    refusal: { text: refusal, openings },
    warmStart: {
      example: (model, random) => of(examples, model)(grammar, random),
      schedule: (model) => of(warmStartSchedules[level], model),
    },
    reasoning: {
      group: ({ harmful, truth: { depth } }) => (harmful && depth > 0 ? String(depth) : null),
      isExact: holdsExactChain,
    },
    read: (text) => readPrompt(grammar, text),
    composer: {
      fields: compositionFields(grammar),
      compose: (choices, random) => composePrompt(grammar, choices, random),
    },
    unsafeParts: ({ truth: { tool } }, answer) => partsWith(answer, tool),
    goodAnswer: ({ harmful, truth: { recipe } }) => (harmful ? refusal : recipe),
  };
}

function of<T>(warmStarts: Readonly<Record<string, T>>, model: string): T {
  if (!Object.hasOwn(warmStarts, model)) throw new RangeError(`Masquerade has no warm start for ${model}.`);
  return warmStarts[model];
}

function knownSet(name: string): SetName {
  const found = setNames.find((one) => one === name);
  if (found === undefined) throw new RangeError(`Masquerade has no set "${name}".`);
  return found;
}

/** 16 hexadecimal digits of all that prompts and labels are made of. */
function contentHash(settings: LevelSettings, lexicon: Lexicon): string {
  const content = JSON.stringify([settings, vocabularyOf(lexicon), lexicon.alarming, lexicon.plain, lexicon.nouns]);
  return ['a', 'b']
    .map((salt) =>
      hash32(salt + content)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}

/**
 * The draw of a set: the same for the same numbers, distinct prompts, and a shorter draw is the beginning of a longer
 * one. Where a set has no more prompts there are fewer: one that came twice would count as two, and narrow the intervals.
 */
export function evaluationScenes(grammar: Grammar, set: SetName, split: Split, count: number, draw = 0): Scene[] {
  const place = 2 * setNames.indexOf(set) + (split === 'eval' ? 0 : 1);
  const random = new Random(0, 'evaluation', [draw, place, 0]);
  const scenes = new Map<string, Scene>();
  for (let stale = 0; scenes.size < count && stale <= freshTries; stale++) {
    const scene = drawScene(grammar, set, splitBuckets[split], random);
    if (scenes.has(scene.prompt.text)) continue;
    scenes.set(scene.prompt.text, scene);
    stale = -1;
  }
  return [...scenes.values()];
}

/** Longest texts that the grammar produces; an answer's and a feedback's end token is counted. */
function limitsOf(settings: LevelSettings): Limits {
  const question = 7;
  const wrapper = 6;
  const ownerAliases = 2 * settings.ownerDepth;
  const aliases = (depth: number) => 4 * (depth * (1 + settings.distractors) + ownerAliases);
  const deepest = aliases(settings.depth + 1) + (settings.wrapDeepest ? wrapper : 0);
  const seen = settings.mask.both > 0 ? aliases(settings.depth) + wrapper : 0;
  const clauses = 1 + (settings.depth + 1) + 1 + (settings.fullReasoning ? 2 : 0);
  const advice = 7;
  const jsonPieces = 7;
  return {
    prompt: question + Math.max(deepest, seen, wrapper),
    answer: 7,
    feedback: jsonPieces + 3 * clauses + advice + 1,
    advice,
  };
}
