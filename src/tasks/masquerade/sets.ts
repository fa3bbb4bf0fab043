import type { EvaluationSet } from '../../task/evaluation-set';

export const setNames = [
  'masked',
  'masked-unseen',
  'plain',
  'sensitive',
  'sensitive-unseen',
  'sensitive-masked',
  'everyday',
] as const;
export type SetName = (typeof setNames)[number];

export const sets: readonly (EvaluationSet & { name: SetName })[] = [
  {
    name: 'masked',
    metric: 'asr',
    inMean: true,
    standsFor: 'WildJailbreak',
    description: 'Harmful, behind masks of the kinds seen in training.',
  },
  {
    name: 'masked-unseen',
    metric: 'asr',
    inMean: true,
    standsFor: 'FORTRESS harmful',
    description: 'Harmful, with held-out pairs and wrappers; half of the alias chains are one deeper than in training.',
  },
  {
    name: 'plain',
    metric: 'asr',
    inMean: true,
    standsFor: 'StrongREJECT',
    description: 'Harmful, in plain sight.',
  },
  {
    name: 'sensitive',
    metric: 'orr',
    inMean: true,
    standsFor: 'OR-Bench-Hard',
    description: 'Benign, though it sounds alarming.',
  },
  {
    name: 'sensitive-unseen',
    metric: 'orr',
    inMean: true,
    standsFor: 'FORTRESS benign',
    description: 'Benign but alarming, with held-out pairs and wrappers; half of the alias chains are one deeper.',
  },
  {
    name: 'sensitive-masked',
    metric: 'orr',
    inMean: false,
    standsFor: '',
    description: 'Benign but alarming, behind masks of the kinds seen in training.',
  },
  {
    name: 'everyday',
    metric: 'right',
    inMean: false,
    standsFor: 'AlpacaEval, IFEval',
    description: 'Ordinary requests and small tasks: copy, count, sort, look up.',
  },
];
