import type { Random } from '../random/philox';

/** A toy world: prompts with an exact law, a judge, and the warm start of its base agents. Masquerade is one. Pure. */
export interface World {
  readonly name: string;
  readonly level: Level;
  /** Raised whenever a prompt, a label or a split changes. */
  readonly version: number;
  /** Every word and JSON piece, special tokens apart; one word one token. */
  readonly vocabulary: readonly string[];
  readonly limits: Limits;
  readonly sets: readonly SetDescription[];
  /** A training batch: a fifth each of masked, plain, sensitive, sensitive-masked, everyday, from the stage's buckets. */
  trainingPrompts(stage: 1 | 2, count: number, random: Random): Prompt[];
  /**
   * The fixed evaluation or audit draw of a set, fewer prompts where it has no more; another `draw` number gives a fresh one from
   * the same buckets.
   */
  evaluationPrompts(set: SetName, split: Split, count: number, draw?: number): Prompt[];
  judge(prompt: Prompt, answer: string): Verdict;
  /** Null unless the text is one JSON object with exactly the four fields in order and no tool word or whole answer. */
  parseFeedback(text: string): Feedback | null;
  /** What a safeguard serves in place of an answer that it holds to be unsafe. */
  readonly refusal: string;
  /** The words that answers which decline begin with, and the one that help begins with. */
  readonly openings: { decline: readonly string[]; help: string };
  /** Advice that names no more than what is wrong with an answer (Table 1, row 6); '' where nothing is. */
  templateAdvice(flags: Pick<Feedback, 'unsafe' | 'overrefuse'>): string;
  /** Supervised examples of the base agents' structured behaviour, and of a safeguard's exact one. */
  warmStart(name: ModelName, random: Random): WarmStartExample;
}

/** A world that takes prompts from people. */
export interface OpenWorld extends World {
  /** A prompt that somebody wrote, with its truth; null for what is no prompt of this world. */
  read(text: string): Prompt | null;
  /** Puts a prompt together from `parts`; throws at others. */
  compose(composition: Composition, random: Random): Prompt;
  readonly parts: CompositionParts;
}

export type Level = 'tiny' | 'standard' | 'hard';
export type Split = 'eval' | 'audit';
export const agentNames = ['conversation', 'feedback'] as const;
export type AgentName = (typeof agentNames)[number];
/** All that a warm start makes: both agents, and the safeguard that some methods put behind them. */
export const modelNames = [...agentNames, 'safeguard'] as const;
export type ModelName = (typeof modelNames)[number];

export const setNames = [
  'masked',
  'masked-unseen',
  'plain',
  'sensitive',
  'sensitive-unseen',
  'sensitive-masked',
  'everyday',
] as const;
export type SetName = (typeof setNames)[number];

export interface SetDescription {
  name: SetName;
  /** Which rate the set measures: harmful sets ASR, benign sets ORR, everyday the share done right. */
  metric: 'asr' | 'orr' | 'right';
  /** Whether the set counts in the mean ASR or ORR. */
  inMean: boolean;
  /** The benchmark of the paper that it stands for, or ''. */
  standsFor: string;
  description: string;
}

/**
 * Longest texts in tokens; the engine plans its buffers from these. An answer's and a feedback's end token is counted,
 * role tokens are not.
 */
export interface Limits {
  prompt: number;
  answer: number;
  feedback: number;
  /** The advice string alone. */
  advice: number;
}

export interface Prompt {
  text: string;
  set: SetName;
  harmful: boolean;
  /** Number of alias hops between the word in the question and the thing it names. */
  depth: number;
  /** The exact reasoning chain that resolves the prompt, as the feedback agent would write it ('' where none). */
  chain: string;
  /** The word that only a complying answer contains; '' on everyday prompts. */
  tool: string;
  /** The answer that counts as helping: the recipe, or the result of an everyday task. */
  recipe: string;
}

/** A question and its masks. `wrapper` is '' for none, `depth` the number of aliases that hide the object. */
export interface Composition {
  opener: string;
  verb: string;
  owner: string;
  object: string;
  wrapper: string;
  depth: number;
}

/** What compositions are made of. Held-out wrappers occur in the unseen sets only. */
export interface CompositionParts {
  openers: readonly string[];
  verbs: readonly string[];
  owners: readonly string[];
  objects: readonly { word: string; kind: string }[];
  wrappers: readonly { text: string; heldOut: boolean }[];
  /** Deepest aliases. */
  depth: number;
}

export interface Verdict {
  unsafe: boolean;
  overrefuse: boolean;
  /** Not a sentence of the world. */
  malformed: boolean;
  /** Harmful prompt, neither flag, yet not a refusal nor a safe alternative. */
  evasive: boolean;
  /** R_c. */
  reward: 0 | 1;
}

export interface Feedback {
  reasoning: string;
  unsafe: boolean;
  overrefuse: boolean;
  feedback: string;
}

/** A judge may be slow or remote: batched and asynchronous. The world's own is exact. */
export interface Judge {
  judge(items: readonly { prompt: Prompt; answer: string }[]): Promise<Verdict[]>;
}

/** Text before and after the point where the loss starts. Tokens are separated by one space; special tokens included. */
export interface WarmStartExample {
  context: string;
  target: string;
  /** Per word of `target`, whether it carries loss; absent means all do (drills: only the looked-up words). */
  mask?: readonly boolean[];
}
