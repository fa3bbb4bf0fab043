import { Random } from '../../random/philox';
import { templateAdvice } from './advice';
import { judgeAnswer, openings, refusal } from './answers';
import { conversationExample } from './base-conversation';
import { feedbackExample } from './base-feedback';
import { composePrompt, compositionParts } from './composition';
import { readPrompt } from './reading';
import { safeguardExample } from './safeguard';
import { parseFeedbackText } from './feedback-text';
import type { LevelSettings } from './levels';
import { vocabularyOf } from './lexicon';
import { createGrammar, drawScene, type Grammar, type Scene } from './scene';
import { sets } from './sets';
import { setNames, type Level, type Limits, type SetName, type OpenWorld, type Split } from '../../task/task';

const trainingSets = ['masked', 'plain', 'sensitive', 'sensitive-masked', 'everyday'] as const;
const stageBuckets = { 1: [0, 1, 2], 2: [3, 4, 5] } as const;
const splitBuckets = { eval: [6], audit: [7] } as const;

/** Draws without a prompt that is new, in a row, after which a set is held to have no more. */
const freshTries = 200;

const warmStarts = {
  conversation: conversationExample,
  feedback: feedbackExample,
  safeguard: safeguardExample,
} as const;

/** The toy world of world.md at a level. */
export function createMasquerade(level: Level = 'standard'): OpenWorld {
  const grammar = createGrammar(level);
  const { lexicon, settings } = grammar;
  return {
    name: 'Masquerade',
    level,
    version: settings.version,
    vocabulary: vocabularyOf(lexicon),
    limits: limitsOf(settings),
    sets,
    trainingPrompts(stage, count, random) {
      const first = random.integer(trainingSets.length);
      return Array.from({ length: count }, (_, i) => {
        const set = trainingSets[(first + i) % trainingSets.length];
        return drawScene(grammar, set, stageBuckets[stage], random).prompt;
      });
    },
    evaluationPrompts: (set, split, count, draw = 0) =>
      evaluationScenes(grammar, set, split, count, draw).map(({ prompt }) => prompt),
    read: (text) => readPrompt(grammar, text),
    compose: (composition, random) => composePrompt(grammar, composition, random),
    parts: compositionParts(grammar),
    judge: (prompt, answer) => judgeAnswer(lexicon, prompt, answer),
    parseFeedback: (text) => parseFeedbackText(lexicon, text),
    refusal,
    openings,
    templateAdvice,
    warmStart: (name, random) => warmStarts[name](grammar, random),
  };
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
