import type { TokenRules } from '../model/token-rules';
import type { Guest } from './guest';
import { isRecord } from './json';

/** What is drawn of a guest's ids: none that its tokenizer has no word for, and nothing behind an end. */
export function tokenRules({
  config,
  tokenizer,
  endTokens,
}: Pick<Guest, 'config' | 'tokenizer' | 'endTokens'>): TokenRules {
  return { endTokens, suppressTokens: wordless(tokenizer, config.vocab_size) };
}

/** Ids below `size` that no word of a tokenizer.json has. */
function wordless({ model, added_tokens: added }: Record<string, unknown>, size: number): number[] {
  const known = new Uint8Array(size);
  const vocab = isRecord(model) ? model.vocab : null;
  if (Array.isArray(vocab)) known.fill(1, 0, vocab.length);
  else if (isRecord(vocab)) for (const id of Object.values(vocab)) known[id as number] = 1;
  for (const one of Array.isArray(added) ? added : []) if (isRecord(one)) known[one.id as number] = 1;
  const ids: number[] = [];
  for (let id = 0; id < size; id++) if (known[id] === 0) ids.push(id);
  return ids;
}
