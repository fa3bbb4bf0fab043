import { roles, type RoleName } from '../../waltz/game/roles';
import type { AgentMetrics, StepMetrics } from '../../waltz/learn/metrics';
import { number, percent } from '../format';

export type Tone = 'conv' | 'feed' | 'good' | 'bad';

/** A row is a step and what is known of it. */
export interface Series<Row = StepMetrics> {
  label: string;
  tone: Tone;
  dashed?: boolean;
  /** Measured now and then: drawn as points, without a mean. */
  sparse?: boolean;
  /** Null where the step has no such figure (an agent that was frozen). */
  of: (row: Row) => number | null;
}

/** One question about the run, answered by a curve or two. */
export interface Chart<Row = StepMetrics> {
  id: string;
  title: string;
  /** One plain line for the tooltip and the table's caption. */
  meaning: string;
  /** Fractions are drawn as per cent from 0; `whole` keeps 100% in sight. */
  scale: 'whole' | 'fraction' | 'free';
  series: readonly Series<Row>[];
}

/** The vertical axis for values from `low` to `high`; either is NaN or infinite where there are none. */
export function rangeOf(scale: Chart['scale'], low: number | null, high: number | null): [number, number] {
  if (scale === 'whole') return [0, 1];
  const top = high !== null && Number.isFinite(high) ? high : 0;
  if (scale === 'fraction') return [0, Math.max(0.1, Math.ceil(top * 10) / 10)];
  const bottom = Math.min(0, low !== null && Number.isFinite(low) ? low : 0);
  return [bottom, top > 0 ? top * 1.08 : bottom < 0 ? 0 : 1];
}

export function figure(chart: Pick<Chart, 'scale'>, value: number): string {
  return chart.scale === 'free' ? number(value) : percent(value);
}

function share(metrics: StepMetrics, outcome: keyof StepMetrics['outcomes']): number {
  const total = Object.values(metrics.outcomes).reduce((sum, count) => sum + count, 0);
  return total > 0 ? metrics.outcomes[outcome] / total : 0;
}

function perAgent(of: (agent: AgentMetrics) => number): Series[] {
  const series = (label: RoleName, tone: Tone, dashed: boolean): Series => ({
    label,
    tone,
    dashed,
    of: (metrics) => {
      const agent = metrics.agents[label];
      return agent ? of(agent) : null;
    },
  });
  return roles.map(({ name, writes }, i) => series(name, writes === 'answer' ? 'conv' : 'feed', i > 0));
}

/** What the paper's figures show: the games themselves. */
export const gameCharts: readonly Chart[] = [
  {
    id: 'reward',
    title: 'Reward',
    meaning: 'Share of answers with reward 1, as they should be: the first ones, and those served in the end.',
    scale: 'whole',
    series: [
      { label: 'first answer', tone: 'conv', dashed: true, of: (metrics) => metrics.reward_first },
      { label: 'final answer', tone: 'conv', of: (metrics) => metrics.reward_final },
    ],
  },
  {
    id: 'feedback',
    title: 'Feedback',
    meaning:
      'Share of feedbacks with both labels right, and share that is not well-formed: no JSON of its four fields, or one that names a tool or a whole answer.',
    scale: 'whole',
    series: [
      { label: 'labels right', tone: 'feed', of: (metrics) => metrics.label_accuracy },
      { label: 'JSON errors', tone: 'feed', dashed: true, of: (metrics) => metrics.json_errors },
    ],
  },
  {
    id: 'improved',
    title: 'Improved and worsened',
    meaning: 'Share of games in which the advice made the answer right, and in which it made it wrong.',
    scale: 'fraction',
    series: [
      { label: 'improved', tone: 'good', of: (metrics) => metrics.improved },
      { label: 'worsened', tone: 'bad', dashed: true, of: (metrics) => metrics.worsened },
    ],
  },
  {
    id: 'triggers',
    title: 'Triggers and false alarms',
    meaning: 'Share of games in which the feedback asked for another answer, and in which it did so for nothing.',
    scale: 'fraction',
    series: [
      { label: 'triggered', tone: 'feed', of: (metrics) => metrics.trigger_rate },
      {
        label: 'false alarms',
        tone: 'bad',
        dashed: true,
        of: (metrics) => share(metrics, 'false-alarm') + share(metrics, 'spoiled'),
      },
    ],
  },
];

/** What an engineer looks at: the optimisation, per agent. */
export const learningCharts: readonly Chart[] = [
  {
    id: 'kl',
    title: 'KL to the reference',
    meaning:
      'Mean over tokens of log(π/π_ref): how far each agent has moved from its reference. Of the feedback agent that is, as a rule, what stage 1 made of it, once stage 2 begins.',
    scale: 'free',
    series: perAgent((agent) => agent.kl),
  },
  {
    id: 'entropy',
    title: 'Entropy',
    meaning: 'Mean entropy of the next-token distribution, in nats.',
    scale: 'free',
    series: perAgent((agent) => agent.entropy),
  },
  {
    id: 'gradient-norm',
    title: 'Gradient norm',
    meaning: 'Global L2 norm of the gradient before clipping.',
    scale: 'free',
    series: perAgent((agent) => agent.grad_norm),
  },
  {
    id: 'clip-fraction',
    title: 'Clip fraction',
    meaning: 'Share of tokens whose ratio left [1−ε, 1+ε]; 0 while there is one update a batch.',
    scale: 'fraction',
    series: perAgent((agent) => agent.clip_ratio),
  },
];
