import { paperTable1 } from '../waltz/evaluate/paper';

/**
 * A row of the paper's Table 1 (waltz/evaluate/paper.ts), for orientation only. Fractions.
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

const methods = [
  ['baseline answer', paperTable1.base],
  ['baseline and safeguard', paperTable1.baseGuarded],
  ['single-model RL', paperTable1.single],
  ['single-model RL and safeguard', paperTable1.singleGuarded],
  ['collaboration, untrained', paperTable1.untrained],
  ['oracle labels as feedback', paperTable1.oracle],
  ['WaltzRL', paperTable1.waltzrl],
] as const;

export const paperPoints: readonly PaperPoint[] = methods.map(([method, { asr, orr, f1 }], i) => ({
  row: i + 1,
  method,
  asr,
  orr,
  f1,
}));
