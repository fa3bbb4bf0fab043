import type { Message } from '../../chat/chat-format';
import type { Rules } from './role';
import type { PlayedTurn } from './game';
import { waltzRules } from './rules';

/** What a role reads before it writes for the first time, in a game whose answers are all this one. */
export function exampleChat(name: string, prompt: string, answer: string, rules: Rules = waltzRules): Message[] {
  const role = rules.roles.find((one) => one.name === name)!;
  const first: PlayedTurn = { role: '', round: 0, kind: 'answer', ids: [], from: 0, text: answer, parsed: null };
  return role.reads({ rollout: 0, prompt: { text: prompt }, turns: role.writes === 'answer' ? [] : [first] });
}
