import type { Judge } from '../../task/judge';
import type { Task } from '../../task/task';
import type { RoleName } from '../../waltz/game/roles';
import type { Tokenizer } from '../../tokenizer/tokenizer';
import type { Agent } from '../../model/agent';
import { WordsFormat } from '../../chat/words';
import { evaluate, serve, type EvaluationOptions } from '../../waltz/evaluate/evaluation';
import type { RunConfig } from '../config/run-config';
import { exactChains } from './chains';
import type { Measurement } from './result';
import { curveOf, measuredOf, systemOf, type Serving } from '../run/serving';

/** Agents as they stand, and what measures them. */
export interface EvaluatedSystem {
  task: Task;
  tokenizer: Tokenizer;
  judge: Judge;
  agents: Record<RoleName, Agent>;
  safeguard: Pick<Agent, 'generate'>;
}

export interface MeasureOptions {
  /** RL steps behind the agents. */
  step: number;
  /** Prompts a set, of the audit draw. */
  prompts: number;
  /** Games side by side: a bound on memory. */
  batch?: number;
  /** Prompts, a half of each when its sampled game is over and the other after the greedy one. */
  onProgress?: (done: number, total: number) => void;
}

/** One way of serving, on the audit draw at the config's temperature: rates, what each prompt came to, and, of one round, the curve. */
export async function measureServing(
  serving: Serving,
  { task, tokenizer, judge, agents, safeguard }: EvaluatedSystem,
  { evaluation: { temperature }, rollout }: RunConfig,
  { step, onProgress, ...how }: MeasureOptions,
): Promise<Measurement> {
  const players = { task, judge, agents, format: new WordsFormat(tokenizer) };
  const options: EvaluationOptions = {
    ...{ step, split: 'audit' as const, temperature, maxRounds: rollout.max_rounds },
    ...{ system: systemOf(serving, safeguard), ...how },
  };
  const half = (done: number, total: number) => onProgress?.(done / 2, total);
  const served = await serve(players, { ...options, onProgress: half });
  const curve = await curveOf(serving, served, players, options);
  return {
    ...measuredOf(task, served, curve, options),
    greedy: await evaluate(players, {
      ...{ ...options, temperature: 0 },
      onProgress: (done, total) => half(total + done, total),
    }),
    chains:
      options.system?.adviser === 'agent'
        ? exactChains(
            task,
            served.map(({ game }) => game),
          )
        : {},
  };
}
