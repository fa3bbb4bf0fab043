/**
 * What crosses between the page and the floor's worker: calls, each answered once under its id, and what a dance says
 * while it goes on.
 */
import type { CompositionField } from '../../src/task/composer';
import type { Prompt } from '../../src/task/prompt';
import type { TaskChoice } from '../../src/task/task-tag';
import type { AnsweringRole, RoleName } from '../../src/waltz/game/roles';
import type { DanceEvent, DanceRequest } from '../../src/lab/floor/dance';
import type { Runtime } from '../../src/lab/models/runtimes';

/** A model that can take the floor, as the page names it. */
export type ModelChoice =
  | { kind: 'base'; archive: string }
  /** An agent of a saved run at one of its checkpoints. */
  | { kind: 'run'; run: string; step: number }
  | { kind: 'guest'; guest: string };

export type { Runtime };

export interface Seat {
  model: ModelChoice;
  runtime: Runtime;
}

/** Somebody answers; of the other roles null stands for nobody. */
export type CoupleChoice = Record<AnsweringRole, Seat> & Partial<Record<Exclude<RoleName, AnsweringRole>, Seat | null>>;

/** A model that can be chosen, and for what. */
export interface OfferedModel {
  model: ModelChoice;
  name: string;
  agents: RoleName[];
  /** Whose words it speaks, null for a stranger. */
  task: TaskChoice | null;
  runtimes: Runtime[];
}

/** A task as a visitor writes for it. */
export interface TaskDescription {
  task: TaskChoice;
  /** Parts that a prompt can be put together from; none where it cannot. */
  composition: readonly CompositionField[];
  /** Words that prompts and advice are made of. */
  words: readonly string[];
  sets: readonly { name: string; description: string }[];
}

/** How a prompt reads: its truth where it has one, else why it has none; a prompt with `unknown` words cannot be read at all. */
export interface PromptReading {
  truth: Prompt | null;
  unknown: string[];
}

/** What is asked and what is given back. */
export interface FloorCalls {
  'floor.models': { asked: object; answer: { models: OfferedModel[]; tasks: TaskDescription[] } };
  /** A prompt of a set's evaluation draw. */
  'floor.draw': { asked: { task: TaskChoice; set: string; seed: number }; answer: Prompt };
  'floor.compose': {
    asked: { task: TaskChoice; choices: Readonly<Record<string, string>>; seed: number };
    answer: Prompt;
  };
  'floor.read': { asked: { task: TaskChoice; text: string }; answer: PromptReading };
  /**
   * One couple after the other on the same request; done when all are, or when it was stopped. Models that danced before
   * are kept as long as they are chosen.
   */
  'floor.dance': { asked: { couples: CoupleChoice[]; request: DanceRequest }; answer: { runtimes: CoupleRuntimes[] } };
  /** Ends the dance in hand before its next token. */
  'floor.stop': { asked: object; answer: null };
}

/** What runs each agent of a couple, in words. */
export type CoupleRuntimes = Record<RoleName, string | null>;

/** What a dance says while it goes on. */
export type FloorNews =
  /** A model is being opened. */
  { kind: 'opening'; couple: number; agent: RoleName } | { kind: 'dance'; couple: number; event: DanceEvent };
