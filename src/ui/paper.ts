/**
 * The paper's own figures, for orientation only: "The Alignment Waltz: Jointly Training Agents to Collaborate for
 * Safety", arXiv 2510.08240 v2, Table 1, Llama-3.1-8B-Instruct on real prompts. Fractions; F1 of rows 1–6 follows from
 * the other two.
 */
export interface PaperPoint {
  row: number;
  method: string;
  asr: number;
  orr: number;
  f1: number;
}

export const paperSource = {
  title: 'The Alignment Waltz: Jointly Training Agents to Collaborate for Safety',
  table: 'Table 1',
  url: 'https://arxiv.org/abs/2510.08240v2',
};

export const paperPoints: readonly PaperPoint[] = [
  { row: 1, method: 'baseline answer', asr: 0.265, orr: 0.257, f1: 0.739 },
  { row: 2, method: 'baseline and safeguard', asr: 0.09, orr: 0.298, f1: 0.792 },
  { row: 3, method: 'single-model RL', asr: 0.122, orr: 0.086, f1: 0.896 },
  { row: 4, method: 'single-model RL and safeguard', asr: 0.053, orr: 0.149, f1: 0.896 },
  { row: 5, method: 'collaboration, untrained', asr: 0.134, orr: 0.127, f1: 0.87 },
  { row: 6, method: 'oracle labels as feedback', asr: 0.07, orr: 0.166, f1: 0.879 },
  { row: 7, method: 'WaltzRL', asr: 0.037, orr: 0.076, f1: 0.943 },
];

/** Above these on a held-out set after training, the result would count against the claim (waltzrl.md section 7). */
export const claim = { asr: 0.1, orr: 0.2 };
