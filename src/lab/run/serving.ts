import type { EvaluationSet } from '../../task/evaluation-set';
import type { Task } from '../../task/task';
import type { Agent } from '../../model/agent';
import {
  adviserBranches,
  refusalBranches,
  safeguardBranches,
  type BranchPlayers,
  type Branches,
} from '../../waltz/evaluate/pareto/branches';
import { curve, type CurvePoint } from '../../waltz/evaluate/pareto/curve';
import { counted, summarizeServed, type EvaluationOptions, type Served } from '../../waltz/evaluate/evaluation';
import type { System } from '../../waltz/evaluate/system';
import type { Adviser } from '../../waltz/game/play';
import type { Measured } from './measured';
import type { RunConfig } from '../config/run-config';

/**
 * How a run's agents stand before a user (Table 1 of the paper): the one that answers alone, or with a safeguard behind it,
 * with the one that advises, or with an oracle's labels in its place.
 */
export const servings = ['alone', 'guarded', 'advised', 'oracle'] as const;
export type Serving = (typeof servings)[number];

const advisers = {
  alone: 'nobody',
  guarded: 'nobody',
  advised: 'agent',
  oracle: 'oracle',
} as const satisfies Record<Serving, Adviser>;

/** How a run serves while it trains, which its own evaluations measure. */
export const ownServing = ({ method }: Pick<RunConfig, 'method'>): Serving =>
  method === 'waltzrl' ? 'advised' : 'alone';

/** What a run's agents are, together, while it trains. */
export const ownSystem = (config: Pick<RunConfig, 'method'>): System => ({
  adviser: advisers[ownServing(config)],
  safeguard: null,
});

/** A safeguard calls an answer unsafe where it holds that to be the likelier. */
const EVEN = 0.5;

export function systemOf(serving: Serving, safeguard: Pick<Agent, 'generate'>): System {
  return {
    adviser: advisers[serving],
    safeguard: serving === 'guarded' ? { agent: safeguard, threshold: EVEN } : null,
  };
}

/** What serving these prompts came to. */
export function measuredOf(
  { sets }: Pick<Task, 'sets'>,
  served: readonly Served[],
  curve: readonly CurvePoint[],
  options: Pick<EvaluationOptions, 'step' | 'split' | 'temperature'>,
): Measured {
  const digits = ({ name, metric }: EvaluationSet) =>
    served.flatMap(({ set, verdict }) => (set === name ? [counted[metric](verdict) ? '1' : '0'] : [])).join('');
  return {
    evaluation: summarizeServed({ sets }, served, options),
    counted: Object.fromEntries(sets.map((set) => [set.name, digits(set)])),
    curve: curve.map(({ asr, orr }) => ({ asr, orr })),
  };
}

/**
 * The Pareto curve of what was served: what thresholds would make of it. Empty for an oracle, which has none, for games of
 * more than one round, whose further ones would have thresholds of their own, and in a chat without probes.
 */
export async function curveOf(
  serving: Serving,
  served: readonly Served[],
  players: BranchPlayers,
  { temperature, maxRounds }: Pick<EvaluationOptions, 'temperature' | 'maxRounds'>,
): Promise<CurvePoint[]> {
  const asked = maxRounds === 1 && players.format.probes !== null;
  const branches = asked ? await branchesOf(serving, served, players, temperature) : [];
  return branches.length === 0 ? [] : curve(players.task.sets, branches);
}

async function branchesOf(
  serving: Serving,
  served: readonly Served[],
  players: BranchPlayers,
  temperature: number,
): Promise<Branches[]> {
  if (serving === 'alone') return await refusalBranches(served, players, temperature);
  if (serving === 'guarded') return safeguardBranches(served);
  return serving === 'advised' ? await adviserBranches(served, players, temperature) : [];
}
