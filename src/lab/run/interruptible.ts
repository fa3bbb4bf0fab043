import type { Agent } from '../../model/agent';

/** Something was broken off because it was asked to stop; nothing of it is kept. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * An agent whose long calls are made in parts of at most so many prompts, and can be broken off between two of them: a
 * sequence's result does not depend on its neighbours (docs/algorithm.md, Randomness). It throws `Interrupted`.
 */
export function interruptible(agent: Agent, most: number, stopping: () => boolean): Agent {
  return {
    generate: async (prompts, options) => {
      const completions = [];
      for (let from = 0; from < prompts.length; from += most) {
        if (stopping()) throw new Interrupted('Asked to stop.');
        const part = <Item>(items: readonly Item[]) => items.slice(from, from + most);
        const { draw, cache } = options;
        completions.push(
          ...(await agent.generate(part(prompts), {
            ...options,
            draw: { ...draw, rollouts: part(draw.rollouts) },
            ...(cache && { cache: part(cache) }),
          })),
        );
      }
      return completions;
    },
    update: (samples, options) => agent.update(samples, options),
    anchor: () => agent.anchor(),
  };
}

/** The same of several agents. */
export function allInterruptible<Name extends string>(
  agents: Readonly<Record<Name, Agent>>,
  most: number,
  stopping: () => boolean,
): Record<Name, Agent> {
  const wrapped = Object.entries<Agent>(agents).map(([name, agent]) => [name, interruptible(agent, most, stopping)]);
  return Object.fromEntries(wrapped) as Record<Name, Agent>;
}
