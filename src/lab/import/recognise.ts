import { type RoleName, roleNames } from '../../waltz/game/roles';
import { chatTemplates } from '../../chat/words-template';
import type { Guest } from '../../checkpoint/guest';
import type { TaskChoice } from '../../task/task-tag';
import { taskChoices } from '../../tasks';
import { positionsFor } from '../models/architecture';
import { environmentOf } from '../models/environment';

type Known = Pick<Guest, 'config' | 'tokenizer' | 'chatTemplate'>;

/** Where a model comes from that was trained here. */
export interface OwnModel {
  task: TaskChoice;
  /** By its chat template; null where it has another one, or none. */
  role: RoleName | null;
}

/**
 * The task whose words a guest knows, and which agent it is; null for a stranger. Of tasks and levels with the same words it
 * is the one whose longest game the guest has positions for.
 */
export function recognise({ config, tokenizer, chatTemplate }: Known): OwnModel | null {
  const words = vocabularyOf(tokenizer);
  if (words === null) return null;
  const same = taskChoices.filter((one) => vocabularyOf(environmentOf(one).tokenizer.toJSON()) === words);
  if (same.length === 0) return null;
  const positions = (one: TaskChoice) => positionsFor(environmentOf(one).task.limits);
  const task = same.find((one) => positions(one) === config.max_position_embeddings) ?? same[0];
  return { task, role: roleNames.find((name) => chatTemplates[name] === chatTemplate) ?? null };
}

/** All words by their ids, as one text; null where there are none. */
function vocabularyOf({ model }: Record<string, unknown>): string | null {
  const { vocab } = (model ?? {}) as { vocab?: Record<string, number> };
  if (!vocab || Array.isArray(vocab)) return null;
  return JSON.stringify(Object.entries(vocab).sort(([, a], [, b]) => a - b));
}
