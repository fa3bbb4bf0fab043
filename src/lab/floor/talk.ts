import type { GuestChat } from '../../chat/guest-chat';
import { WordsFormat } from '../../chat/words';
import type { Prompt } from '../../task/prompt';
import { freeTalk } from '../../tasks/free-talk';
import type { Players } from '../../waltz/game/play';
import type { Environment } from '../models/environment';

/** What a dance is told in, and what is known of it. */
export interface Talk extends Pick<Players, 'format' | 'task'> {
  /** Null where no task knows the truth of anything that is said. */
  law: Law | null;
}

export interface Law extends Pick<Players, 'judge'> {
  /** The prompt with its truth, null where it is none of the task's. */
  read(text: string): Prompt | null;
}

/** Tokens of a stranger's text at most, its end counted: it may not know where to end. */
const NEW_TOKENS = 128;

/** Talk in the words of an environment, under its own law. */
export function environmentTalk({ task, tokenizer, judge }: Environment): Talk {
  return { format: new WordsFormat(tokenizer), task, law: { judge, read: (text) => task.read(text) } };
}

/** Talk with a model from elsewhere in its own words, which no task knows: the visitor may advise. */
export function strangerTalk(chat: GuestChat): Talk {
  return { format: chat, task: freeTalk(NEW_TOKENS), law: null };
}
