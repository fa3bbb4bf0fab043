import type { RoleName } from '../../waltz/game/roles';
import type { Agent } from '../../model/agent';
import type { Meter, PhaseReading, Reading } from '../../model/meter';
import { PhaseClock, phaseNames, type PhaseName } from './phases';

/** One phase of a step. Times in milliseconds. */
export interface StepPhase extends PhaseReading {
  /** From the call to its result. Both updates go on at once, so theirs overlap. */
  wall: number;
  /** New tokens, or tokens that were learned from. */
  tokens: number;
}

/** What one RL step cost, as plain numbers: as many of them whatever the run. */
export interface StepCost extends Omit<Reading, 'phases'> {
  /** Milliseconds of the whole step: game, judge, rewards, updates, records. */
  wall: number;
  /** Those that there were, in order. */
  phases: Partial<Record<PhaseName, StepPhase>>;
}

/** Measures the steps of agents while it is on. It only watches: what they compute is the same. */
export class StepMeter<Name extends RoleName = RoleName> {
  /** The agents as a run is to call them. */
  readonly agents: Record<Name, Agent>;
  on = false;
  readonly #meter: Meter;
  readonly #clock: PhaseClock<Name>;

  /** `meter` is that of the agents' models; an agent that is none of them is timed alone. */
  constructor(agents: Readonly<Record<Name, Agent>>, meter: Meter) {
    this.#meter = meter;
    this.#clock = new PhaseClock(agents, { enter: (phase) => meter.enter(phase) });
    this.agents = this.#clock.agents;
  }

  /** Does a step, and says what it cost if it is watched. Nothing else may use the agents meanwhile. */
  async measure<Result>(step: () => Promise<Result>): Promise<{ result: Result; cost: StepCost | null }> {
    if (!this.on) return { result: await step(), cost: null };
    const { result: timed, reading } = await this.#meter.measure(async () => {
      this.#clock.take();
      const started = performance.now();
      const result = await step();
      return { result, wall: performance.now() - started };
    });
    const { result, wall } = timed;
    return { result, cost: { ...reading, wall, phases: this.#phases(reading.phases) } };
  }

  #phases(read: Reading['phases']): StepCost['phases'] {
    const clocked = this.#clock.take();
    return Object.fromEntries(
      phaseNames.flatMap((name) => {
        const { seconds, tokens } = clocked[name];
        const reading = read[name];
        return reading ? [[name, { wall: 1000 * seconds, ...reading, tokens }]] : [];
      }),
    );
  }
}
