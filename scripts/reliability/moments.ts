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
} as const satisfies Record<string, readonly { phase: Phase; share: number; most: number; longest: number }[]>;

export type Mode = keyof typeof plans;
export const modes = Object.keys(plans) as Mode[];

/** The moment of a kill, by its number: the same whenever it is asked for. */
export function momentOf(mode: Mode, seed: number, kill: number): Moment {
  const [first, second, third] = philox([seed, hash32(mode)], [kill, 0, 0, 0]).map(unit);
  let share = first;
  const plan = plans[mode].find((each) => (share -= each.share) < 0) ?? plans[mode].at(-1)!;
  return {
    phase: plan.phase,
    after: Math.floor(second * (plan.most + 1)),
    delay: Math.round(third * plan.longest),
  };
}
