import { chatTemplates } from '../../checkpoint/chat-template';
import type { Guest } from '../../checkpoint/guest';
import { levels } from '../../world/levels';
import { agentNames, type AgentName, type Level } from '../../world/world';
import { house } from '../house';

/** Where a model comes from that was trained here. */
export interface OwnModel {
  level: Level;
  /** By its chat template; null where it has another one, or none. */
  role: AgentName | null;
}

/** The level whose words a guest knows, and which agent it is; null for a stranger. */
export function recognise({ tokenizer, chatTemplate }: Pick<Guest, 'tokenizer' | 'chatTemplate'>): OwnModel | null {
  const words = vocabularyOf(tokenizer);
  const level = (Object.keys(levels) as Level[]).find((name) => vocabularyOf(house(name).tokenizer.toJSON()) === words);
  if (words === null || level === undefined) return null;
  return { level, role: agentNames.find((name) => chatTemplates[name] === chatTemplate) ?? null };
}

/** All words by their ids, as one text; null where there are none. */
function vocabularyOf({ model }: Record<string, unknown>): string | null {
  const { vocab } = (model ?? {}) as { vocab?: Record<string, number> };
  if (!vocab || Array.isArray(vocab)) return null;
  return JSON.stringify(Object.entries(vocab).sort(([, a], [, b]) => a - b));
}
