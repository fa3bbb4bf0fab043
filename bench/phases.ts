import type { Agent } from '../src/waltz/agent';
import type { AgentName } from '../src/world/world';

export const phaseNames = ['answers', 'feedback', 'revisions', 'update conversation', 'update feedback'] as const;
export type PhaseName = (typeof phaseNames)[number];

/** Seconds, and new or trained tokens, of each phase of one step. */
export type Phases = Record<PhaseName, { seconds: number; tokens: number }>;

const none = (): Phases => Object.fromEntries(phaseNames.map((name) => [name, { seconds: 0, tokens: 0 }])) as Phases;

/**
 * Two agents that tell how long each phase of a step took them. A step begins both updates at once; here one waits for
 * the other, so that each has a time of its own.
 */
export class PhaseClock {
  readonly agents: Record<AgentName, Agent>;
  #phases = none();
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ conversation, feedback }: Record<AgentName, Agent>) {
    this.agents = {
      conversation: this.#clocked('conversation', conversation),
      feedback: this.#clocked('feedback', feedback),
    };
  }

  /** What was clocked since the last call. */
  take(): Phases {
    const taken = this.#phases;
    this.#phases = none();
    return taken;
  }

  #clocked(name: AgentName, agent: Agent): Agent {
    return {
      generate: (prompts, options) =>
        this.#clock(
          name === 'feedback' ? 'feedback' : options.draw.phase === 0 ? 'answers' : 'revisions',
          () => agent.generate(prompts, options),
          (completions) => completions.reduce((sum, { logprobs }) => sum + logprobs.length, 0),
        ),
      update: (samples, options) => {
        const updated = this.#turn.then(() =>
          this.#clock(
            `update ${name}`,
            () => agent.update(samples, options),
            ({ tokens }) => tokens,
          ),
        );
        this.#turn = updated;
        return updated;
      },
    };
  }

  async #clock<T>(name: PhaseName, work: () => Promise<T>, tokens: (result: T) => number): Promise<T> {
    const started = performance.now();
    const result = await work();
    const phase = this.#phases[name];
    phase.seconds += (performance.now() - started) / 1000;
    phase.tokens += tokens(result);
    return result;
  }
}
