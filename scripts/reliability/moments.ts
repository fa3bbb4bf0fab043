import { hash32, philox, unit } from '../../src/random/philox';

/** Parts of a run in which it is killed. */
export type Phase = 'opening' | 'starting' | 'training' | 'saving';

/** When a kill falls: so long after something happened for the nth time since the run went on. */
export interface Moment {
  phase: Phase;
  /** Steps made before it, or saves. */
  after: number;
  /** Milliseconds. */
  delay: number;
}

/** How often kills fall into each phase, and how late in it at most, in milliseconds. */
const plans = {
  training: [
    { phase: 'opening', share: 0.15, most: 0, longest: 8000 },
    { phase: 'starting', share: 0.15, most: 0, longest: 8000 },
    { phase: 'training', share: 0.7, most: 3, longest: 2500 },
  ],
  saving: [
    { phase: 'starting', share: 0.06, most: 0, longest: 8000 },
    { phase: 'saving', share: 0.94, most: 2, longest: 350 },
  ],
  gpu: [
    { phase: 'training', share: 0.6, most: 3, longest: 2500 },
    { phase: 'saving', share: 0.4, most: 2, longest: 350 },
  ],
  'command line': [
    { phase: 'starting', share: 0.2, most: 0, longest: 8000 },
    { phase: 'training', share: 0.3, most: 3, longest: 2500 },
    { phase: 'saving', share: 0.5, most: 2, longest: 12 },
  ],
} as const satisfies Record<string, readonly { phase: Phase; share: number; most: number; longest: number }[]>;

export type Plan = keyof typeof plans;
/** Where a browser is killed. */
export const modes = ['training', 'saving'] as const satisfies Plan[];
export type Mode = (typeof modes)[number];

/** The moment of a kill of a plan, by its number: the same whenever it is asked for. */
export function momentOf(name: Plan, seed: number, kill: number): Moment {
  const [first, second, third] = philox([seed, hash32(name)], [kill, 0, 0, 0]).map(unit);
  let share = first;
  const plan = plans[name].find((each) => (share -= each.share) < 0) ?? plans[name].at(-1)!;
  return {
    phase: plan.phase,
    after: Math.floor(second * (plan.most + 1)),
    delay: Math.round(third * plan.longest),
  };
}
