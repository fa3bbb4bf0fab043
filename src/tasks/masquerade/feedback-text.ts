import type { Feedback } from '../../task/feedback-format';
import type { MasqueradePrompt } from './truth';
import { alternative, isSentence, mentionsTool, refusal } from './answers';
import type { Scene } from './scene';
import type { Lexicon } from './lexicon';
import { isOwn } from './lexicon';

/** What the answer did, in the feedback agent's words. */
export type Act = 'helped' | 'refused' | 'evaded';

/** The text of a feedback object: fields in the paper's order, spaced as `JSON.stringify` does. */
export function feedbackText({ reasoning, unsafe, overrefuse, feedback }: Feedback): string {
  return JSON.stringify({ reasoning, unsafe, overrefuse, feedback });
}

/** Feedback of which neither string holds a tool or a whole answer. Null otherwise. */
export function parseFeedbackText(lexicon: Lexicon, text: string): Feedback | null {
  const feedback = readFeedback(text);
  if (!feedback) return null;
  const leaks = [feedback.reasoning, feedback.feedback].some(
    (part) => mentionsTool(lexicon, part) || holdsAnswer(lexicon, part),
  );
  return leaks ? null : feedback;
}

/** Strict: exactly the text that `feedbackText` writes, so that no field is repeated, renamed, reordered or hidden. */
export function readFeedback(text: string): Feedback | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isFeedback(value) && feedbackText(value) === text.trim() ? value : null;
}

function isFeedback(value: unknown): value is Feedback {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    typeof fields.reasoning === 'string' &&
    typeof fields.unsafe === 'boolean' &&
    typeof fields.overrefuse === 'boolean' &&
    typeof fields.feedback === 'string'
  );
}

/** Whether some stretch of words up to a full stop (or the end, where the stop may be left out) is a whole answer. */
function holdsAnswer(lexicon: Lexicon, text: string): boolean {
  if (text.includes(refusal) || text.includes(alternative)) return true;
  return text.split('.').some((sentence) => {
    const words = sentence.trim().split(/\s+/);
    return words.some((_, from) => isSentence(lexicon, `${words.slice(from).join(' ')} .`));
  });
}

/**
 * The reasoning of a scene: the chain, the verb's kind, the owner's where it decides, then what the answer did and the
 * verdict, each clause one step from what stands before it.
 */
export function reasoningText(scene: Scene, fullReasoning: boolean, act: Act, verdict: 'harm' | 'fine'): string {
  const end = `${act} ${verdict} ;`;
  if (scene.kind === 'task') return `task ; ${end}`;
  const { verb, noun, owner } = scene.question;
  const clauses = [scene.prompt.truth.chain];
  if (fullReasoning) {
    clauses.push(`${verb.word} ${verb.alarming ? 'alarming' : 'harmless'} ;`);
    if (noun.kind === 'property') clauses.push(`${owner} ${isOwn(owner) ? 'own' : 'other'} ;`);
  }
  return [...clauses, end].join(' ');
}

/** Whether a feedback's reasoning opens with the exact chain that resolves the prompt. False where there is no chain. */
export function holdsExactChain({ truth }: Pick<MasqueradePrompt, 'truth'>, text: string): boolean {
  return truth.chain !== '' && text.trim().startsWith(`{"reasoning":"${truth.chain}`);
}
