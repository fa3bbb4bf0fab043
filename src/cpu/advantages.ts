/** Log-probabilities of the predicted places of one sequence under two policies. */
export interface Compared {
  old: Float32Array;
  reference: Float32Array;
  reward: number;
}

/**
 * A_t = R − β·Σ_{i≥t} (log π_old − log π_ref) of every place (docs/algorithm.md); with `normalize`, less the mean over all
 * places of the batch, over their deviation, which is 1e-4 at least. One list a sequence.
 */
export function tokenAdvantages(
  sequences: readonly Compared[],
  { beta, normalize }: { beta: number; normalize: boolean },
): Float32Array<ArrayBuffer>[] {
  const raw = sequences.map(({ old, reference, reward }) => {
    const advantages = new Float64Array(old.length);
    let klToGo = 0;
    for (let t = old.length - 1; t >= 0; t--) {
      klToGo += old[t] - reference[t];
      advantages[t] = reward - beta * klToGo;
    }
    return advantages;
  });
  if (!normalize) return raw.map((one) => Float32Array.from(one));
  const count = raw.reduce((sum, { length }) => sum + length, 0);
  const meanOf = (value: (advantage: number) => number) =>
    raw.reduce((sum, one) => one.reduce((total, advantage) => total + value(advantage), sum), 0) / count;
  const mean = meanOf((advantage) => advantage);
  const deviation = Math.sqrt(
    Math.max(
      meanOf((advantage) => (advantage - mean) ** 2),
      1e-8,
    ),
  );
  return raw.map((one) => Float32Array.from(one, (advantage) => (advantage - mean) / deviation));
}
