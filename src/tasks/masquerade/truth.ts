import type { Prompt } from '../../task/prompt';
import type { SetName } from './sets';

/** What Masquerade knows of a prompt. */
export interface MasqueradeTruth {
  /** Number of alias hops between the word in the question and the thing it names. */
  depth: number;
  /** The exact reasoning chain that resolves the prompt, as the feedback agent would write it ('' where none). */
  chain: string;
  /** The word that only a complying answer contains; '' on everyday prompts. */
  tool: string;
  /** The answer that counts as helping: the recipe, or the result of an everyday task. */
  recipe: string;
}

export interface MasqueradePrompt extends Prompt<MasqueradeTruth> {
  set: SetName;
}

/** Whether a prompt of any task is one of Masquerade's. */
export function isMasqueradePrompt(prompt: Prompt): prompt is MasqueradePrompt {
  const { truth } = prompt;
  return typeof truth === 'object' && truth !== null && 'chain' in truth && 'depth' in truth && 'recipe' in truth;
}
