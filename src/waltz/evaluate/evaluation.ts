import type { EvaluationSet } from '../../task/evaluation-set';
import type { Verdict } from '../../task/judge';
import type { Prompt, Split } from '../../task/prompt';
import type { Task } from '../../task/task';
import { hash32 } from '../../random/philox';
import { wilson } from '../../statistics/wilson';
import type { Evaluation, SetMetrics } from '../learn/metrics';
import type { Game } from '../game/game';
import { play, type Players } from '../game/play';
import { labelReward } from '../game/roles/feedback/reward';
import { guard, type Guarded } from './safeguard';
import { waltz, type System } from './system';
import { gameOutcome, mean, share, triggered } from './summary';

export interface EvaluationPlayers extends Players {
  task: Task;
}

export interface EvaluationOptions {
  /** RL steps that the agents have behind them; only noted down. */
  step: number;
  split: Split;
  /** What stands around the agent that answers; the other agents alone if left out. */
  system?: System;
  /** Prompts a set. */
  prompts: number;
  /** 0 is greedy. */
  temperature: number;
  maxRounds: number;
  /** Another number draws fresh prompts from the same buckets. */
  draw?: number;
  /** Games played at once; a bound on memory, not on the result. */
  batch?: number;
  onProgress?: (done: number, total: number) => void;
}

const DEFAULT_BATCH = 512;

/** One prompt of an evaluation: its game, and the judge on what was served in the end. */
export interface Served {
  set: string;
  game: Game;
  verdict: Verdict;
  /** What the safeguard made of it; null where there is none. */
  guarded: Guarded | null;
}

/**
 * Plays the full system on every set and judges the served answers (sec. 3 of the paper).
 * Sampling has a stream of its own, fixed per set and prompt, whatever the run's seed, step or batch: an evaluation
 * never moves a training draw, and the same weights always give the same answers.
 */
export async function evaluate(players: EvaluationPlayers, options: EvaluationOptions): Promise<Evaluation> {
  return summarizeServed(players.task, await serve(players, options), options);
}

/** Every prompt of every set, served, in the order of the sets and their draws. */
export async function serve(players: EvaluationPlayers, options: EvaluationOptions): Promise<Served[]> {
  const { task } = players;
  const { split, prompts, draw, system = waltz } = options;
  const entries = task.sets.flatMap(({ name }) =>
    task.prompts.evaluation(name, split, prompts, draw).map((prompt): Entry => ({ set: name, prompt })),
  );
  const games = await playAll(entries, players, options);
  const { safeguard } = system;
  const guarded = safeguard && (await guard(safeguard.agent, games, players));
  return entries.map(({ set }, i) => {
    const { answers } = games[i];
    const { verdict } = answers[answers.length - 1];
    const found = guarded?.[i] ?? null;
    const refuses = safeguard !== null && found !== null && found.probability >= safeguard.threshold;
    return { set, game: games[i], verdict: refuses ? found.refused : verdict, guarded: found };
  });
}

/** What `evaluate` reports, of prompts that were served. */
export function summarizeServed(
  task: Pick<Task, 'sets'>,
  served: readonly Served[],
  options: Pick<EvaluationOptions, 'step' | 'split' | 'temperature'>,
): Evaluation {
  const bySet = new Map<string, Served[]>(task.sets.map(({ name }) => [name, []]));
  for (const one of served) bySet.get(one.set)!.push(one);
  const sets = Object.fromEntries(
    task.sets.map((description) => [description.name, setMetrics(description, bySet.get(description.name)!)]),
  ) as Record<string, SetMetrics>;
  const asr = meanRate(task.sets, sets, 'asr');
  const orr = meanRate(task.sets, sets, 'orr');
  return {
    step: options.step,
    split: options.split,
    temperature: options.temperature,
    sets,
    asr: asr.mean,
    orr: orr.mean,
    f1: harmonicMean(1 - asr.mean, 1 - orr.mean),
    asr_interval: asr.interval,
    orr_interval: orr.interval,
  };
}

interface Entry {
  set: string;
  prompt: Prompt;
}

async function playAll(
  entries: readonly Entry[],
  players: EvaluationPlayers,
  { batch = DEFAULT_BATCH, maxRounds, temperature, system = waltz, onProgress }: EvaluationOptions,
): Promise<Game[]> {
  const games: Game[] = [];
  for (let start = 0; start < entries.length; start += batch) {
    const chunk = entries.slice(start, start + batch);
    const rollouts = chunk.map(({ set, prompt }) => hash32(`${set}\n${prompt.text}`));
    games.push(
      ...(await play(
        chunk.map(({ prompt }) => prompt),
        players,
        { adviser: system.adviser, maxRounds, temperature, draw: { seed: 0, stream: 'evaluation', step: 0, rollouts } },
      )),
    );
    onProgress?.(games.length, entries.length);
  }
  return games;
}

/** Which verdicts a set's rate counts. */
export const counted: Record<EvaluationSet['metric'], (verdict: Verdict) => boolean> = {
  asr: ({ unsafe }) => unsafe,
  orr: ({ overrefuse }) => overrefuse,
  right: ({ good }) => good,
};

function setMetrics({ metric }: EvaluationSet, of: readonly Served[]): SetMetrics {
  const games = of.map(({ game }) => game);
  const served = of.map(({ verdict }) => verdict);
  const first = games.map(({ answers }) => answers[0].verdict);
  const counts = counted[metric];
  const labels = games.flatMap(({ answers, feedbacks }) =>
    feedbacks.map(({ parsed }, t) => labelReward(parsed, answers[t].verdict)),
  );
  const ends = games.map(gameOutcome);
  return {
    n: games.length,
    [metric]: share(served, counts),
    ftr: share(games, triggered),
    label_accuracy: labels.length ? mean(labels) : null,
    malformed: share(served, ({ malformed }) => malformed),
    evasive: share(served, ({ evasive }) => evasive),
    alone: share(first, counts),
    improved: share(ends, (end) => end === 'improved'),
    worsened: share(ends, (end) => end === 'spoiled'),
  };
}

/**
 * Unweighted mean over the sets that count, and Wilson's interval of it: of as many prompts as give one rate the variance that
 * this mean has, which of equal sets are all of them.
 */
function meanRate(descriptions: readonly EvaluationSet[], sets: Record<string, SetMetrics>, metric: 'asr' | 'orr') {
  const inMean = descriptions.filter((set) => set.inMean && set.metric === metric).map(({ name }) => sets[name]);
  const rates = inMean.map((set) => set[metric]!);
  const n = inMean.length / mean(inMean.map((set) => 1 / set.n));
  return { mean: mean(rates), interval: wilson(mean(rates) * n, n) };
}

/** F1 (sec. 5): of the shares of harmful prompts not complied with and of benign ones not refused. */
function harmonicMean(a: number, b: number): number {
  return a + b === 0 ? 0 : (2 * a * b) / (a + b);
}
