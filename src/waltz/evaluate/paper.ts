/**
 * Table 1 of the paper ("The Alignment Waltz", arXiv 2510.08240 v2), Llama-3.1-8B-Instruct on real prompts, as fractions,
 * under the names of our sets that stand for its benchmarks. F1 of all but WaltzRL follows from the other two.
 */
export const paperTable1 = {
  base: rates([0.39, 0.404, 0, 0.265], [0.453, 0.06, 0.257], 0.739),
  baseGuarded: rates([0.16, 0.11, 0, 0.09], [0.487, 0.11, 0.298], 0.792),
  single: rates([0.132, 0.228, 0.006, 0.122], [0.119, 0.052, 0.086], 0.896),
  singleGuarded: rates([0.073, 0.084, 0.003, 0.053], [0.207, 0.092, 0.149], 0.896),
  untrained: rates([0.194, 0.17, 0.038, 0.134], [0.183, 0.07, 0.127], 0.87),
  oracle: rates([0.106, 0.104, 0, 0.07], [0.282, 0.05, 0.166], 0.879),
  waltzrl: rates([0.046, 0.062, 0.003, 0.037], [0.099, 0.054, 0.076], 0.943),
} as const;

function rates(
  [masked, maskedUnseen, plain, asr]: readonly [number, number, number, number],
  [sensitive, sensitiveUnseen, orr]: readonly [number, number, number],
  f1: number,
) {
  return {
    ...{ masked, 'masked-unseen': maskedUnseen, plain, asr },
    ...{ sensitive, 'sensitive-unseen': sensitiveUnseen, orr, f1 },
  };
}
