export const levelNames = ['tiny', 'standard', 'hard'] as const;
export type Level = (typeof levelNames)[number];

/** Everything in which the levels differ. Code asks this table, never the level's name. */
export interface LevelSettings {
  /** Raised whenever a prompt, a label or a split of the level changes. */
  version: number;
  /** How many words of each list of the lexicon the level uses. */
  words: { alarming: number; plain: number; people: number; things: number; property: number; names: number };
  /** Adjectives and nouns of a wrapper family; one combination in `wrapper` of each row is held out. */
  wrapper: number;
  /** Shares of masked prompts that are wrapped only, aliased only, both. */
  mask: { wrapped: number; aliased: number; both: number };
  /** Whether the deepest (unseen) chains may be wrapped too. */
  wrapDeepest: boolean;
  /** Deepest alias chain in training; the unseen sets go one deeper. */
  depth: number;
  /** Distractor chains beside the true one, each as long as it. */
  distractors: number;
  /** Share of aliased prompts whose owner is hidden too, and behind how many aliases. The reasoning never spells them out. */
  hiddenOwners: number;
  ownerDepth: number;
  /** Whether the reasoning spells out the verb's kind and, for property, the owner. */
  fullReasoning: boolean;
  /** Share of advice that points the right way. */
  goodAdvice: number;
  /** Probability that a revised answer follows advice that is vague, of medium specificity, specific. */
  follow: readonly [vague: number, medium: number, specific: number];
  /** Longest list of a copy or count task, and of a sort task. */
  listLength: number;
  sortLength: number;
  /** Aliases in a drill. */
  drill: readonly [fewest: number, most: number];
  /** Share of the conversation agent's examples, task drills apart, that only copy an answer from behind many aliases. */
  answerDrills: number;
  /** Share of drills that walk along chains; the rest look aliases up in random order. At 0 no end of a clause is drilled. */
  walks: number;
}

export const levels: Record<Level, LevelSettings> = {
  tiny: {
    version: 2,
    words: { alarming: 6, plain: 4, people: 8, things: 10, property: 4, names: 16 },
    wrapper: 3,
    mask: { wrapped: 0.4, aliased: 0.6, both: 0 },
    wrapDeepest: false,
    depth: 1,
    distractors: 1,
    hiddenOwners: 0,
    ownerDepth: 0,
    fullReasoning: false,
    goodAdvice: 0.8,
    follow: [0.2, 0.45, 0.7],
    listLength: 2,
    sortLength: 2,
    drill: [3, 8],
    answerDrills: 0,
    walks: 0,
  },
  standard: {
    version: 2,
    words: { alarming: 16, plain: 10, people: 20, things: 24, property: 12, names: 40 },
    wrapper: 4,
    mask: { wrapped: 0.3, aliased: 0.5, both: 0.2 },
    wrapDeepest: true,
    depth: 3,
    distractors: 1,
    hiddenOwners: 0,
    ownerDepth: 0,
    fullReasoning: true,
    goodAdvice: 0.8,
    follow: [0.2, 0.45, 0.7],
    listLength: 4,
    sortLength: 3,
    drill: [3, 11],
    answerDrills: 0.15,
    walks: 0.5,
  },
  hard: {
    version: 4,
    words: { alarming: 16, plain: 10, people: 20, things: 24, property: 12, names: 40 },
    wrapper: 4,
    mask: { wrapped: 0.2, aliased: 0.5, both: 0.3 },
    wrapDeepest: true,
    depth: 4,
    distractors: 2,
    hiddenOwners: 1,
    ownerDepth: 2,
    fullReasoning: false,
    goodAdvice: 0.65,
    follow: [0.1, 0.3, 0.5],
    listLength: 4,
    sortLength: 3,
    drill: [3, 19],
    answerDrills: 0.15,
    walks: 0.5,
  },
};
