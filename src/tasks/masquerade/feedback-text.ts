import type { Feedback } from '../../task/feedback-format';
import { readFeedback } from '../../task/feedback-json';
import type { MasqueradePrompt } from './truth';
import { alternative, isSentence, mentionsTool, refusal } from './answers';
import type { Scene } from './scene';
import type { Lexicon } from './lexicon';
import { isOwn } from './lexicon';

/** What the answer did, in the feedback agent's words. */
export type Act = 'helped' | 'refused' | 'evaded';

/** Feedback of which neither string holds a tool or a whole answer. Null otherwise. */
export function parseFeedbackText(lexicon: Lexicon, text: string): Feedback | null {
  const feedback = readFeedback(text);
  if (!feedback) return null;
  const leaks = [feedback.reasoning, feedback.feedback].some(
    (part) => mentionsTool(lexicon, part) || holdsAnswer(lexicon, part),
  );
  return leaks ? null : feedback;
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
