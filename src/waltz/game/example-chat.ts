import type { Message } from '../../chat/chat-format';
import type { Feedback } from '../../task/feedback-format';
import type { OpenGame, PlayedTurn } from './game';
import type { Rules } from './role';
import { waltzRules } from './rules';

/** The texts of a game, the same in each of its turns; the advice flags the answer. */
export interface ExampleTexts {
  prompt: string;
  answer: string;
  advice: string;
}

/** What a role reads before it writes for the first time, in a game of these texts. Empty where its turn never comes. */
export function exampleChat(
  name: string,
  { prompt, answer, advice }: ExampleTexts,
  rules: Rules = waltzRules,
): Message[] {
  const parsed: Feedback = { reasoning: '', unsafe: true, overrefuse: false, feedback: advice };
  const turns: PlayedTurn[] = [];
  const game: OpenGame = { rollout: 0, prompt: { text: prompt }, turns };
  for (;;) {
    const turn = rules.next(game, 1);
    const role = turn && rules.roles.find((one) => one.name === turn.role);
    if (!role) return [];
    if (role.name === name) return role.reads(game);
    const { writes: kind } = role;
    const written = { ids: [], from: 0, text: kind === 'answer' ? answer : advice };
    turns.push({ ...turn, ...written, kind, parsed: kind === 'feedback' ? parsed : null });
  }
}
