import type { ChatFormat } from '../../chat/chat-format';
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

/** Talk with a model from elsewhere in its own words, which no task knows: the visitor may advise, and say what stands before all. */
export function strangerTalk(chat: GuestChat, system?: string): Talk {
  return { format: system === undefined ? chat : behind(system, chat), task: freeTalk(NEW_TOKENS), law: null };
}

/** The same chat behind a system's message. */
const behind = (system: string, chat: GuestChat): ChatFormat => ({
  ends: chat.ends,
  probes: chat.probes,
  context: (messages, as) => chat.context([{ role: 'system', content: system }, ...messages], as),
  encode: (text) => chat.encode(text),
  text: (ids) => chat.text(ids),
  decode: (ids) => chat.decode(ids),
  length: (text) => chat.length(text),
});
