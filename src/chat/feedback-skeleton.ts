import { ANCHOR, behindAnchor } from './behind';
import type { ChatFormat } from './chat-format';

/** A feedback object whose pieces are given, in the tokens of a chat. Its words and its flags are left to whoever writes. */
export interface FeedbackSkeleton {
  /** Before the reasoning, before the value of each flag, before the advice, and behind it, with the end of the text. */
  reasoning: readonly number[];
  unsafe: readonly number[];
  overrefuse: readonly number[];
  feedback: readonly number[];
  end: readonly number[];
  /** The values of a flag; they begin with different tokens. */
  yes: readonly number[];
  no: readonly number[];
}

/** What a feedback says in its skeleton. */
export interface SkeletonValues {
  reasoning: string;
  unsafe: boolean;
  overrefuse: boolean;
  feedback: string;
}

/** A tokenizer to which true and false are the same at first. */
export class SkeletonError extends Error {
  override name = 'SkeletonError';
}

const pieces = {
  reasoning: '{"reasoning":"',
  unsafe: '","unsafe":',
  overrefuse: ',"overrefuse":',
  feedback: ',"feedback":"',
  end: '"}',
  yes: 'true',
  no: 'false',
} as const satisfies Record<keyof FeedbackSkeleton, string>;

/** Spaced as `feedbackText` does, so that what was written by it parses. Throws `SkeletonError`, or what the format throws. */
export async function feedbackSkeleton(format: Pick<ChatFormat, 'encode' | 'ends'>): Promise<FeedbackSkeleton> {
  const anchor = await format.encode(ANCHOR);
  const encoded = await Promise.all(
    Object.entries(pieces).map(async ([name, text]) => {
      const [both, alone] = [await format.encode(ANCHOR + text), await format.encode(text)];
      return [name, name === 'reasoning' ? alone : behindAnchor(anchor, both, alone)] as const;
    }),
  );
  const skeleton = Object.fromEntries(encoded) as Record<keyof FeedbackSkeleton, number[]>;
  if (skeleton.yes[0] === skeleton.no[0]) {
    throw new SkeletonError(
      'This model’s tokenizer has no token that tells true from false. Let it write its feedback freely.',
    );
  }
  return { ...skeleton, end: [...skeleton.end, format.ends[0]] };
}

/**
 * The tokens of a feedback in its skeleton, and the places among them that its writer does not choose. That a text ends is chosen:
 * the first token of what follows. Advice is written where a flag is set.
 */
export async function filledSkeleton(
  skeleton: FeedbackSkeleton,
  format: Pick<ChatFormat, 'encode'>,
  { reasoning, unsafe, overrefuse, feedback }: SkeletonValues,
): Promise<{ ids: number[]; given: number[] }> {
  const words = async (text: string) => {
    return behindAnchor(await format.encode(ANCHOR), await format.encode(ANCHOR + text), await format.encode(text));
  };
  const value = (flag: boolean) => (flag ? skeleton.yes : skeleton.no);
  const flagged = unsafe || overrefuse;
  const ids: number[] = [];
  const given: number[] = [];
  const put = (piece: readonly number[], chosen: number) =>
    piece.forEach((id, i) => {
      if (i >= chosen) given.push(ids.length);
      ids.push(id);
    });
  put(skeleton.reasoning, 0);
  put(await words(reasoning), Infinity);
  put(skeleton.unsafe, 1);
  put(value(unsafe), 1);
  put(skeleton.overrefuse, 0);
  put(value(overrefuse), 1);
  put(skeleton.feedback, 0);
  if (flagged) put(await words(feedback), Infinity);
  put(skeleton.end, flagged ? 1 : 0);
  return { ids, given };
}

/** What a JSON string cannot hold as it is. */
const UNPLAIN = /["\\\u0000-\u001f]/;

/** How many of these tokens, the first ones, a JSON string can hold as they are: no end, no special token, no quote. */
export async function plainLength(
  format: Pick<ChatFormat, 'decode' | 'text' | 'ends'>,
  ids: readonly number[],
): Promise<number> {
  for (let length = 1; length <= ids.length; length++) {
    const some = ids.slice(0, length);
    const [shown, text] = [await format.decode(some), await format.text(some)];
    if (format.ends.includes(some[length - 1]) || shown !== text || UNPLAIN.test(text)) return length - 1;
  }
  return ids.length;
}
