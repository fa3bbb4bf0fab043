/** How much there may be in a stranger's tokenizer.json, counted before it is looked at one by one. */
import { isRecord } from './json';
import { tokenizerLimits } from './limits';

type Refuse = (what: string) => never;

/** Calls `refuse` where a tokenizer has more words, merges or tokens than there are in any, or merges that are not pairs. */
export function checkCounts(
  { model, added_tokens }: Record<string, unknown>,
  { additional_special_tokens }: Record<string, unknown>,
  refuse: Refuse,
): void {
  const { vocab, merges } = isRecord(model) ? model : {};
  const most = (what: string, found: unknown, limit: number) => {
    const count = Array.isArray(found) ? found.length : isRecord(found) ? Object.keys(found).length : 0;
    if (count > limit) refuse(`it has ${count} ${what}, and ${limit} are the most`);
  };
  most('words', vocab, tokenizerLimits.words);
  most('merges', merges, tokenizerLimits.merges);
  most('added tokens', added_tokens, tokenizerLimits.added);
  most('additional_special_tokens', additional_special_tokens, tokenizerLimits.additional);
  if (!areMerges(merges ?? [])) refuse('its merges are not pairs');
}

/** As pairs, or as texts with a space in them: all in the way of the first. */
function areMerges(merges: unknown): boolean {
  if (!Array.isArray(merges)) return false;
  const pairs = Array.isArray(merges[0]);
  return merges.every((merge: unknown) =>
    pairs
      ? Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === 'string')
      : typeof merge === 'string' && merge.includes(' '),
  );
}
