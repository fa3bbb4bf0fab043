import type { GenerationContender } from '../contender';
import type { ChatWorkload } from '../workloads';

/** Someone who has a chat model open. */
export interface ChatContender extends GenerationContender {
  /** Bytes that its process took at most, or its page at the end; null where nobody tells. */
  bytes(): Promise<number | null>;
  /** Of ours alone: by how much the logit of `token` is above that of `other`, behind `ids`. */
  lead?(place: Place): Promise<number>;
}

/** Where two contenders parted. */
export interface Place {
  ids: readonly number[];
  token: number;
  other: number;
}

export interface ChatEntry {
  name: string;
  /** Its arithmetic: whoever rounds weights' partners too is nearer to none. */
  tolerance: number;
  sitsOut: (workload: ChatWorkload) => string | null;
  /** From the file on disk, in a page or a process of its own. */
  open: () => Promise<ChatContender>;
}

/** In logits, of what computes in float32: both sum in another order. */
export const FLOAT_TOLERANCE = 0.01;
