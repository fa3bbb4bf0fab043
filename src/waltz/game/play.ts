import type { ChatFormat } from '../../chat/chat-format';
import type { Agent } from '../../model/agent';
import type { Judge } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { Task } from '../../task/task';
import { answersOf, feedbacksOf, type Game, type OpenGame } from './game';
import type { Rules } from './role';
import { skeletonWriter, type GivenJson } from './skeleton-writer';
import { waltzRules } from './rules';
import { takeTurns, type TurnOptions, type Writer } from './turns';
import { agentWriter, oracleWriter, type Sampling } from './writers';

/** Who plays, and by which rules texts are written and read. */
export interface Players {
  /** By role. */
  agents: Readonly<Record<string, Pick<Agent, 'generate'>>>;
  judge: Judge;
  task: Pick<Task, 'limits' | 'feedback'>;
  format: ChatFormat;
  /** Of feedback whose JSON is given; left out, its agent writes it freely. */
  json?: GivenJson;
  /** The game of the paper if left out. */
  rules?: Rules;
}

/** Who reads answers and sends them back: nobody, the agent, or an oracle that knows the judge's labels. */
export type Adviser = 'nobody' | 'agent' | 'oracle';

export interface PlayOptions extends TurnOptions<Prompt> {
  /** The agent if left out. */
  adviser?: Adviser;
  temperature: number;
  /** Place of the random draws; `rollouts` has one number per prompt. */
  draw: Sampling['draw'] & { rollouts: readonly number[] };
}

/**
 * Plays one game per prompt, all in the same batches (sec. 2.1), and judges their answers in one batch at the end: the game
 * itself never sees the judge.
 */
export async function play(prompts: readonly Prompt[], players: Players, options: PlayOptions): Promise<Game[]> {
  const { judge, rules = waltzRules } = players;
  const { rollouts, ...draw } = options.draw;
  const table = { ...players, rules, writers: writersOf(players, rules, { ...options, draw }) };
  return await judged(await takeTurns(prompts, rollouts, table, options), judge);
}

function writersOf(
  players: Players,
  { roles }: Rules,
  { adviser = 'agent', temperature, draw }: Sampling & Pick<PlayOptions, 'adviser'>,
): Record<string, Writer<Prompt>> {
  const { agents, judge, task, format, json } = players;
  const sampling = { temperature, draw };
  return Object.fromEntries(
    roles.flatMap((role): [string, Writer<Prompt>][] => {
      if (role.writes === 'feedback' && adviser === 'agent' && json) {
        return [[role.name, skeletonWriter(role, agents[role.name], { format, json }, sampling)]];
      }
      if (role.writes !== 'feedback' || adviser === 'agent') {
        return [[role.name, agentWriter(role, agents[role.name], players, sampling)]];
      }
      return adviser === 'oracle' ? [[role.name, oracleWriter(judge, task)]] : [];
    }),
  );
}

async function judged(games: readonly OpenGame<Prompt>[], judge: Judge): Promise<Game[]> {
  const items = games.flatMap(({ prompt, turns }) => answersOf(turns).map(({ text }) => ({ prompt, answer: text })));
  const verdicts = items.length ? await judge.judge(items) : [];
  let next = 0;
  return games.map((game) => ({
    ...game,
    answers: answersOf(game.turns).map((turn) => ({ ...turn, verdict: verdicts[next++] })),
    feedbacks: feedbacksOf(game.turns),
  }));
}
