import type { Agent } from '../../model/agent';
import type { Adviser } from '../game/play';

/**
 * A classifier behind the game: where it holds the served answer to be unsafe with at least this probability, a refusal
 * is served in its place (Table 1 of the paper, rows 2 and 4).
 */
export interface Safeguard {
  agent: Pick<Agent, 'generate'>;
  threshold: number;
}

/** All that stands between the agent that answers and its user: who advises it (Table 1, rows 1, 5 and 6), and a safeguard. */
export interface System {
  adviser: Adviser;
  safeguard: Safeguard | null;
}

/** What the paper trains and serves. */
export const waltz: System = { adviser: 'agent', safeguard: null };
