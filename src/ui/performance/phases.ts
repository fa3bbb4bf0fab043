import type { StepCost } from '../../lab/run/meter';
import type { PhaseName } from '../../lab/run/phases';
import { roleNames, roles, type RoleName } from '../../waltz/game/roles';

/** How a phase is told apart: the agent's colour, and the beat of the dance or the hatching of an update. */
export interface PhaseLook {
  label: string;
  agent: 'conversation' | 'feedback';
  beat: number | null;
}

/** A step's turns in the order of the game, and its updates, each with its role. */
const turns = [
  ...roles.map((role) => ({ role, name: role.phases[0] })),
  ...roles.flatMap((role) => role.phases.slice(1).map((name) => ({ role, name }))),
];
const updates = roles.map((role) => ({ role, name: `update ${role.name}`, label: `${role.name} learns` }));

export function phaseLook(phase: PhaseName): PhaseLook {
  const at = turns.findIndex(({ name }) => name === phase);
  const { role, label } = at < 0 ? updates.find(({ name }) => name === phase)! : { ...turns[at], label: phase };
  return { label, agent: role.writes === 'answer' ? 'conversation' : 'feedback', beat: at < 0 ? null : at + 1 };
}

/** A stretch of a bar. Both updates go on at once, so by the clock they are one stretch. */
export interface Stretch {
  name: PhaseName | 'both updates';
  milliseconds: number;
}

/** Where a step's time went: by the clock, on the GPU, and in the thread that records its commands. */
export interface Breakdown {
  clock: Stretch[];
  /** Null where the adapter does not tell. */
  gpu: Stretch[] | null;
  host: Stretch[];
  /** Milliseconds by the clock in which no agent was asked for anything: prompts, judge, rewards, records. */
  rest: number;
  /** Sums of the two bars above. */
  gpuTotal: number | null;
  hostTotal: number;
  /** Milliseconds that the width of the bars stands for. */
  scale: number;
}

export function breakdown({ wall, phases }: Pick<StepCost, 'wall' | 'phases'>): Breakdown {
  const names = Object.keys(phases) as PhaseName[];
  const stretches = (of: (name: PhaseName) => number): Stretch[] =>
    names.map((name) => ({ name, milliseconds: of(name) }));
  const clock: Stretch[] = stretches((name) => phases[name]!.wall).filter(({ name }) => !isUpdate(name));
  const [first, ...others] = names.filter(isUpdate);
  if (first) {
    const milliseconds = Math.max(phases[first]!.wall, ...others.map((name) => phases[name]!.wall));
    clock.push({ name: others.length > 0 ? 'both updates' : first, milliseconds });
  }
  const told = names.every((name) => phases[name]!.gpu !== null);
  const gpu = told ? stretches((name) => phases[name]!.gpu!) : null;
  const host = stretches((name) => phases[name]!.host);
  const gpuTotal = gpu && total(gpu);
  return {
    ...{ clock, gpu, host, gpuTotal },
    rest: Math.max(0, wall - total(clock)),
    hostTotal: total(host),
    scale: Math.max(wall, gpuTotal ?? 0),
  };
}

function isUpdate(name: string): name is `update ${RoleName}` {
  return roleNames.some((role) => name === `update ${role}`);
}

function total(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}
