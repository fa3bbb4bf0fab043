import type { Message } from '../../chat/chat-format';
import type { Turn } from '../../model/agent';
import type { Random } from '../../random/philox';
import type { Limits } from '../../task/limits';
import type { Stage } from '../../task/prompt';
import type { Method, RewardSettings, RolloutSettings } from '../learn/settings';
import type { Game, OpenGame, TextKind } from './game';

/** All that the game, the training and the page need to know of a role. Each is a folder and a row of `roles/index.ts`. */
export interface Role {
  /** Under which configs, archives and metrics know its agent. */
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  /** What it does in a word, as forms say it: who "answers". */
  readonly verb: string;
  /** What it does, in one line. */
  readonly description: string;
  /** Answers are judged and the last one is served; feedback, which one role of a game writes, is parsed and may send them back. */
  readonly writes: TextKind;
  /** The role that it has in a chat (`ChatFormat`). */
  readonly chatRole: string;
  /** What its turns are called where steps are timed: that of round 0, then that of later rounds where it is another. */
  readonly phases: readonly [first: string, later?: string];
  /** Its texts are drawn at phase 4·round + this, from 0 to 3; 2 is that of Pareto curves. */
  readonly phase: number;
  /** What it reads before its next text, of the game so far. */
  reads(game: OpenGame): Message[];
  /** Tokens of a text at most, end token counted. */
  newTokens(limits: Limits): number;
  /** Tokens at most of all that it reads and its text, in a game of so many rounds. */
  sequenceLimit(limits: Limits, maxRounds: number): number;
  /** What its text of a round is paid. */
  reward(game: Game, round: number, paid: Paid): number;
  /** The round whose text it learns from (sec. 2.3); null where it wrote nothing in this game. */
  select(game: Game, rollout: RolloutSettings, draw: Draw): number | null;
  /** Whether its agent learns in this stage of a method, unless it is frozen. */
  learns(method: Method, stage: Stage): boolean;
  /** Whether its agent becomes its own reference once stage 1 has made it, where `policy.reference` is `stage`. */
  readonly anchored: boolean;
  /** Where a config does not say. */
  readonly learningRate: number;
}

/** What rewards are by. */
export interface Paid {
  settings: RewardSettings;
  stage: Stage;
}

/** Draws of this game's selection; roles that use the same place share its sequence. */
export type Draw = (place: number) => Random;

/** A game's roles, and in which order they write. */
export interface Rules {
  readonly roles: readonly Role[];
  /** Who writes next; null where the game is over. */
  next(game: OpenGame, maxRounds: number): Turn | null;
}
