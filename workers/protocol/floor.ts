/**
 * What crosses between the page and the floor's worker: calls, each answered once under its id, and what a dance says
 * while it goes on.
 */
import type { DanceEvent, DanceRequest } from '../../src/lab/floor/dance';
import type { Runtime } from '../../src/lab/models/runtimes';
import type { AgentName, Composition, CompositionParts, Level, Prompt, SetName } from '../../src/task/task';

/** A model that can take the floor, as the page names it. */
export type ModelChoice =
  | { kind: 'base'; level: Level }
  /** An agent of a saved run at one of its checkpoints. */
  | { kind: 'run'; run: string; step: number }
  | { kind: 'guest'; guest: string };

export type { Runtime };

export interface Seat {
  model: ModelChoice;
  runtime: Runtime;
}

export interface CoupleChoice {
  conversation: Seat;
  /** Null: nobody advises. */
  feedback: Seat | null;
}

/** A model that can be chosen, and for what. */
export interface OfferedModel {
  model: ModelChoice;
  name: string;
  agents: AgentName[];
  /** The level whose words it speaks, null for a stranger. */
  level: Level | null;
  runtimes: Runtime[];
}

/** A level's world as a visitor writes for it. */
export interface WorldDescription {
  level: Level;
  parts: CompositionParts;
  /** Words that prompts and advice are made of. */
  words: readonly string[];
  sets: readonly { name: SetName; description: string }[];
}

/** How a prompt reads: its truth where it has one, else why it has none; a prompt with `unknown` words cannot be read at all. */
export interface PromptReading {
  truth: Prompt | null;
  unknown: string[];
}

/** What is asked and what is given back. */
export interface FloorCalls {
  'floor.models': { asked: object; answer: { models: OfferedModel[]; levels: WorldDescription[] } };
  /** A prompt of a set's evaluation draw. */
  'floor.draw': { asked: { level: Level; set: SetName; seed: number }; answer: Prompt };
  'floor.compose': { asked: { level: Level; composition: Composition; seed: number }; answer: Prompt };
  'floor.read': { asked: { level: Level; text: string }; answer: PromptReading };
  /**
   * One couple after the other on the same request; done when all are, or when it was stopped. Models that danced before
   * are kept as long as they are chosen.
   */
  'floor.dance': { asked: { couples: CoupleChoice[]; request: DanceRequest }; answer: { runtimes: CoupleRuntimes[] } };
  /** Ends the dance in hand before its next token. */
  'floor.stop': { asked: object; answer: null };
}

/** What runs each agent of a couple, in words. */
export type CoupleRuntimes = Record<AgentName, string | null>;

/** What a dance says while it goes on. */
export type FloorNews =
  /** A model is being opened. */
  { kind: 'opening'; couple: number; agent: AgentName } | { kind: 'dance'; couple: number; event: DanceEvent };
