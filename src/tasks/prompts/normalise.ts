import { sha256 } from '../../checkpoint/sha256';
import { eighthOf } from '../../random/buckets';

/** What two prompts have in common that are the same one: Unicode's NFKC, lower case, spaces of any kind as one. */
export function normalise(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** What a prompt is for, by the eighth of its normalised text: training in one of the stages, or evaluation, or audit. */
export const promptSplits = ['stage1', 'stage2', 'eval', 'audit'] as const;
export type PromptSplit = (typeof promptSplits)[number];

export function splitOf(normalised: string): PromptSplit {
  const eighth = eighthOf(normalised);
  if (eighth < 3) return 'stage1';
  if (eighth < 6) return 'stage2';
  return eighth === 6 ? 'eval' : 'audit';
}

/** SHA-256 of the normalised texts with their labels, whatever their order, in hexadecimal. */
export async function contentHash(prompts: readonly { text: string; harmful: boolean }[]): Promise<string> {
  const lines = prompts.map(({ text, harmful }) => JSON.stringify([normalise(text), harmful])).sort();
  return await sha256(new TextEncoder().encode(lines.join('\n')));
}
