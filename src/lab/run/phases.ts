import { roles, type RoleName, type WaltzRole } from '../../waltz/game/roles';
import type { Agent, Turn } from '../../model/agent';

export type PhaseName = WaltzRole['phases'][number] | `update ${RoleName}`;

/** What the agents are asked for in an RL step, in the order of the game. */
export const phaseNames: readonly PhaseName[] = [
  ...roles.map(({ phases: [first] }) => first),
  ...roles.flatMap(({ phases: [, ...later] }) => later),
  ...roles.map(({ name }): PhaseName => `update ${name}`),
];

/** Seconds from call to result, and new or trained tokens, of each phase. */
export type Phases = Record<PhaseName, { seconds: number; tokens: number }>;

export interface PhaseClockOptions {
  /** Hears of every call right before it is made. */
  enter?: (phase: PhaseName) => void;
  /**
   * A step begins both updates at once and reads them back together, so their times overlap. Apart, one waits for the
   * other and has a time of its own.
   */
  updates?: 'together' | 'apart';
}

/** Null for a turn that no RL step has. */
function phaseOf({ role, round }: Turn): PhaseName | null {
  const phases: readonly PhaseName[] | undefined = roles.find(({ name }) => name === role)?.phases;
  return phases?.[Math.min(round, phases.length - 1)] ?? null;
}

const none = (): Phases => Object.fromEntries(phaseNames.map((name) => [name, { seconds: 0, tokens: 0 }])) as Phases;

/** Agents that tell how long each phase of a step took them. Calls that belong to no turn of the game are not clocked. */
export class PhaseClock<Name extends RoleName = RoleName> {
  readonly agents: Record<Name, Agent>;
  readonly #options: PhaseClockOptions;
  #phases = none();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(agents: Readonly<Record<Name, Agent>>, options: PhaseClockOptions = {}) {
    this.#options = options;
    const names = Object.keys(agents) as Name[];
    this.agents = Object.fromEntries(names.map((name) => [name, this.#clocked(name, agents[name])])) as Record<
      Name,
      Agent
    >;
  }

  /** What was clocked since the last call. */
  take(): Phases {
    const taken = this.#phases;
    this.#phases = none();
    return taken;
  }

  #clocked(name: RoleName, agent: Agent): Agent {
    return {
      generate: (prompts, options) => {
        const generate = () => agent.generate(prompts, options);
        const phase = options.turn && phaseOf(options.turn);
        if (!phase) return generate();
        return this.#clock(phase, generate, (completions) =>
          completions.reduce((sum, { logprobs }) => sum + logprobs.length, 0),
        );
      },
      update: (samples, options) => {
        const update = () =>
          this.#clock(
            `update ${name}`,
            () => agent.update(samples, options),
            ({ tokens }) => tokens,
          );
        if (this.#options.updates !== 'apart') return update();
        const updated = this.#turn.then(update);
        this.#turn = updated;
        return updated;
      },
      anchor: () => agent.anchor(),
    };
  }

  async #clock<T>(name: PhaseName, work: () => Promise<T>, tokens: (result: T) => number): Promise<T> {
    const started = performance.now();
    // Agents record and submit before they first wait, so what is submitted up to the next call is this phase's.
    this.#options.enter?.(name);
    const result = await work();
    const phase = this.#phases[name];
    phase.seconds += (performance.now() - started) / 1000;
    phase.tokens += tokens(result);
    return result;
  }
}
