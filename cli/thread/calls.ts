/** What crosses between the command line and the thread that reads a model of anyone's and runs its words. */
import type { RoleName } from '../../src/waltz/game/roles';
import type { ChatCalls } from '../../workers/protocol/chat';
import type { ReadModel } from './read-model';

export interface ThreadCalls extends ChatCalls {
  /** The model in a folder or a file, or of a run's agents this one; with the adapter of a PEFT folder, merged. */
  model: { asked: { path: string; agent: RoleName; lora: string | null }; answer: ReadModel };
}
