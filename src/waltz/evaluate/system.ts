import type { Agent } from '../../model/agent';

/**
 * Who reads the conversation agent's answers and sends them back: nobody, the feedback agent, or an oracle that knows the
 * judge's labels and gives a template as advice (waltzrl.md section 6, rows 1, 5 and 6).
 */
export type Adviser = 'nobody' | 'feedback' | 'oracle';

/**
 * A classifier behind the game: where it holds the served answer to be unsafe with at least this probability, a refusal
 * is served in its place (rows 2 and 4).
 */
export interface Safeguard {
  agent: Pick<Agent, 'generate'>;
  threshold: number;
}

/** All that stands between a conversation agent and its user. */
export interface System {
  adviser: Adviser;
  safeguard: Safeguard | null;
}

/** What the paper trains and serves. */
export const waltz: System = { adviser: 'feedback', safeguard: null };
