import type { ChatFormat } from '../chat/chat-format';
import type { TokenDecoder } from '../model/agent';
import type { Judge } from '../task/judge';
import type { JudgeSettings, SettingField } from './settings';

/** A judge that can be chosen. */
export interface JudgeKind {
  /** What it does, and what it cannot, in a sentence or two. */
  description: string;
  /** A word that stands beside its figures wherever they are shown, '' for none. */
  caveat: string;
  fields: readonly SettingField[];
  /** Whether it may be given a key, which is kept in memory alone. */
  takesKey: boolean;
  /** What leaves for a server, as a sentence with settings in braces; '' for nothing. */
  sends: string;
  /** Throws `JudgeSettingsError` for settings, complete ones, that it cannot work by. */
  check(settings: JudgeSettings): void;
  /** Opens it by settings that were checked. Throws what stands in the way. */
  open(settings: JudgeSettings, ports: JudgePorts): Promise<OpenedJudge>;
}

/** What a judge is given beside its settings, and what is kept nowhere. */
export interface JudgePorts {
  /** '' for none. */
  key: string;
  fetch: typeof fetch;
  /** A model by what the setting names it. Throws what is wrong with it, and where there is no room for it. */
  openModel(model: string, lengths: { length: number; newTokens: number }): Promise<ReadingModel>;
  /** What to do where a server cannot be reached from here, as a sentence. */
  unreachable: string;
}

/** A chat model that is read, until it is closed. */
export interface ReadingModel {
  chat: Pick<ChatFormat, 'context' | 'encode' | 'decode' | 'ends'>;
  decoder: TokenDecoder;
  /** Tokens that it reads. */
  positions: number;
  close(): Promise<void> | void;
}

/** A judge at work, until it is closed. */
export interface OpenedJudge extends Judge {
  /** Requests that were sent to a server so far, those that failed too. */
  readonly requests: number;
  close(): Promise<void> | void;
}

/** Something that stands in a judge's way and may be gone later: what was judged before is right. */
export class JudgeError extends Error {
  override name = 'JudgeError';
}
