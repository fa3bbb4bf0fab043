import type { Guest } from '../../checkpoint/guest';
import type { ChatFormat } from '../../chat/chat-format';
import { TemplateFormat } from '../../chat/template';
import { WordsFormat } from '../../chat/words';
import type { Judge } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { Task } from '../../task/task';
import { readFeedback } from '../../tasks/masquerade/feedback-text';
import type { Environment } from '../models/environment';

/** What a dance is told in, and what is known of it. */
export interface Talk {
  format: ChatFormat;
  task: Pick<Task, 'limits' | 'feedback'>;
  /** The prompt with its truth, null where it is none of a task's. */
  read(text: string): Prompt | null;
  judge: Judge;
}

/** Tokens of a stranger's text at most, its end counted: it may not know where to end. */
const NEW_TOKENS = 128;

/** Talk in the words of an environment, under its own law. */
export function environmentTalk({ task, tokenizer, judge }: Environment): Talk {
  return { format: new WordsFormat(tokenizer), task, judge, read: (text) => task.read(text) };
}

/** Talk with a model from elsewhere in its own words, which no task knows: the visitor may advise. Throws `GuestTokenizerError`. */
export function strangerTalk(guest: Guest): Talk {
  const text = NEW_TOKENS - 1;
  return {
    format: new TemplateFormat(guest),
    task: {
      limits: { prompt: Infinity, answer: text, feedback: text, advice: Infinity },
      feedback: { parse: readFeedback, template: () => '' },
    },
    judge: { judge: (items) => Promise.reject(new Error(`No task knows the truth of ${items.length} answers.`)) },
    read: () => null,
  };
}
