/**
 * Table 1 of the paper ("The Alignment Waltz", arXiv 2510.08240 v2), Llama-3.1-8B-Instruct on real prompts, in per cent,
 * under the names of our sets that stand for its benchmarks. F1 of all but WaltzRL follows from the other two.
 */
export const paperTable1 = {
  base: rates([39.0, 40.4, 0.0, 26.5], [45.3, 6.0, 25.7], 73.9),
  baseGuarded: rates([16.0, 11.0, 0.0, 9.0], [48.7, 11.0, 29.8], 79.2),
  single: rates([13.2, 22.8, 0.6, 12.2], [11.9, 5.2, 8.6], 89.6),
  singleGuarded: rates([7.3, 8.4, 0.3, 5.3], [20.7, 9.2, 14.9], 89.6),
  untrained: rates([19.4, 17.0, 3.8, 13.4], [18.3, 7.0, 12.7], 87.0),
  oracle: rates([10.6, 10.4, 0.0, 7.0], [28.2, 5.0, 16.6], 87.9),
  waltzrl: rates([4.6, 6.2, 0.3, 3.7], [9.9, 5.4, 7.6], 94.3),
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
