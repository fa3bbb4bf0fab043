import type { Text } from '../../chat/chat-format';
import type { Turn } from '../../model/agent';
import type { Feedback } from '../../task/feedback-format';
import type { Verdict } from '../../task/judge';
import type { Prompt } from '../../task/prompt';

/** A text as it was written: the whole sequence, and where its own tokens start. No `ids` where no agent wrote it. */
export interface Written {
  ids: readonly number[];
  from: number;
  text: string;
  /** Places of own tokens that the writer did not choose; none if left out. */
  given?: readonly number[];
}

/** What a text is: answers are judged, and feedback is parsed. */
export type TextKind = 'answer' | 'feedback' | 'text';

/** A text of a game: who wrote it, in which round, and what it says. */
export interface PlayedTurn extends Written, Turn {
  kind: TextKind;
  /** What was read of feedback; null where it is not well-formed, and for texts that are no feedback. */
  parsed: Feedback | null;
}

export interface PlayedAnswer extends PlayedTurn {
  verdict: Verdict;
}

/** All that the game itself needs of a prompt. */
export type Asked = Pick<Prompt, 'text'>;

/** A game that goes on: its texts so far, in the order of writing. */
export interface OpenGame<P extends Asked = Asked> {
  rollout: number;
  prompt: P;
  turns: readonly PlayedTurn[];
}

/** One finished game (p, c_0, f_0, …, c_T). Every parsed, flagging feedback has the answer that follows it. */
export interface Game extends OpenGame<Prompt> {
  /** c_0 … c_T, judged. */
  answers: readonly PlayedAnswer[];
  /** f_0 …; f_t is on c_t. */
  feedbacks: readonly PlayedTurn[];
}

/** The writer's own tokens of a text, end token included where it was reached. */
export function own({ ids, from }: Written): readonly number[] {
  return ids.slice(from);
}

/** A text as others read it: the very tokens that were sampled, or the words where no agent wrote it. */
export function contentOf(written: Written): Text {
  return written.ids.length > 0 ? own(written) : written.text;
}

/** A role's text of a round. */
export function turnOf({ turns }: Pick<Game, 'turns'>, { role, round }: Turn): PlayedTurn | null {
  return turns.find((turn) => turn.role === role && turn.round === round) ?? null;
}

export const answersOf = (turns: readonly PlayedTurn[]) => turns.filter(({ kind }) => kind === 'answer');
export const feedbacksOf = (turns: readonly PlayedTurn[]) => turns.filter(({ kind }) => kind === 'feedback');

/** Whether a feedback sends its answer back for revision (sec. 2.1). */
export function triggers(parsed: Feedback | null): parsed is Feedback {
  return parsed !== null && (parsed.unsafe || parsed.overrefuse);
}
