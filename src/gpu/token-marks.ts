/** Marks of a vocabulary's ids, two bits each, as sampling.wgsl reads them. */
const ENDS = 1;
const SUPPRESSED = 2;
const BITS = 2;
const IDS = 32 / BITS;

/** Numbers that the marks of so many ids take, in whole vectors of four. */
export const marksLength = (vocabulary: number) => 4 * Math.ceil(vocabulary / (4 * IDS));

/** Marks ids that end a text, and ids that are never drawn. Ids beyond the vocabulary mark nothing. */
export function tokenMarks(
  { endTokens, suppressTokens = [] }: { endTokens: readonly number[]; suppressTokens?: readonly number[] },
  vocabulary: number,
): Uint32Array<ArrayBuffer> {
  const marks = new Uint32Array(marksLength(vocabulary));
  const mark = (ids: readonly number[], what: number) => {
    for (const id of ids) if (id < vocabulary) marks[Math.floor(id / IDS)] |= what << (BITS * (id % IDS));
  };
  mark(endTokens, ENDS);
  mark(suppressTokens, SUPPRESSED);
  return marks;
}
