import { type RoleName, roleNames } from '../../waltz/game/roles';
import { chatTemplates } from '../../chat/words-template';
import type { Guest } from '../../checkpoint/guest';
import { levels } from '../../tasks/masquerade/levels';
import { environmentOf } from '../models/environment';
import { modelConfig } from '../models/architecture';

type Known = Pick<Guest, 'config' | 'tokenizer' | 'chatTemplate'>;

/** Where a model comes from that was trained here. */
export interface OwnModel {
  level: string;
  /** By its chat template; null where it has another one, or none. */
  role: RoleName | null;
}

/**
 * The level whose words a guest knows, and which agent it is; null for a stranger. Of levels with the same words it is the
 * one whose longest game the guest has positions for.
 */
export function recognise({ config, tokenizer, chatTemplate }: Known): OwnModel | null {
  const words = vocabularyOf(tokenizer);
  if (words === null) return null;
  const same = Object.keys(levels).filter((name) => vocabularyOf(environmentOf(name).tokenizer.toJSON()) === words);
  if (same.length === 0) return null;
  const level = same.find((name) => positionsOf(name) === config.max_position_embeddings) ?? same[0];
  return { level, role: roleNames.find((name) => chatTemplates[name] === chatTemplate) ?? null };
}

function positionsOf(level: string): number {
  const { task, tokenizer } = environmentOf(level);
  return modelConfig(level, tokenizer.size, task.limits).max_position_embeddings;
}

/** All words by their ids, as one text; null where there are none. */
function vocabularyOf({ model }: Record<string, unknown>): string | null {
  const { vocab } = (model ?? {}) as { vocab?: Record<string, number> };
  if (!vocab || Array.isArray(vocab)) return null;
  return JSON.stringify(Object.entries(vocab).sort(([, a], [, b]) => a - b));
}
