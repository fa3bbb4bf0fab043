import type { ChatFormat } from '../../chat/chat-format';
import type { Turn } from '../../model/agent';
import type { Task } from '../../task/task';
import type { Asked, OpenGame, PlayedTurn, Written } from './game';
import { parseFeedback } from './roles/feedback/parse';
import type { Rules } from './role';

/** Whoever writes the texts of a role: an agent, an oracle, a visitor. Null for a game in which it writes nothing, which ends there. */
export type Writer<P extends Asked = Asked> = (
  games: readonly OpenGame<P>[],
  turn: Turn,
) => Promise<(Written | null)[]>;

export interface Table<P extends Asked> {
  rules: Rules;
  /** By role; a game ends where nobody is there to write next. */
  writers: Readonly<Record<string, Writer<P>>>;
  task: Pick<Task, 'limits' | 'feedback'>;
  format: ChatFormat;
}

export interface TurnOptions<P extends Asked> {
  /** T_max. */
  maxRounds: number;
  /** Hears of every text right after it was written; the game waits for it. */
  onTurn?: (turn: PlayedTurn, game: OpenGame<P>) => void | Promise<void>;
}

/**
 * Plays one game per prompt: the texts, turn by turn, as the rules say. Games whose next turn is the same are played in one
 * batch. Nobody is judged here: the game never depends on the judge.
 *
 * @param rollouts number of each game
 */
export async function takeTurns<P extends Asked>(
  prompts: readonly P[],
  rollouts: readonly number[],
  table: Table<P>,
  { maxRounds, onTurn }: TurnOptions<P>,
): Promise<OpenGame<P>[]> {
  const { rules, writers } = table;
  const games = prompts.map((prompt, i) => ({ rollout: rollouts[i], prompt, turns: [] as PlayedTurn[] }));
  let open = games;
  while (open.length > 0) {
    const left: typeof games = [];
    for (const { turn, batch } of batches(open, (game) => rules.next(game, maxRounds))) {
      if (!Object.hasOwn(writers, turn.role)) continue;
      const texts = await writers[turn.role](batch, turn);
      for (const [i, text] of texts.entries()) {
        if (!text) continue;
        const played = await readTurn(text, turn, table);
        batch[i].turns.push(played);
        left.push(batch[i]);
        await onTurn?.(played, batch[i]);
      }
    }
    open = left;
  }
  return games;
}

/** Games by their next turn, in the order of the games; those that are over are left out. */
function batches<Open>(games: readonly Open[], next: (game: Open) => Turn | null): { turn: Turn; batch: Open[] }[] {
  const found = new Map<string, { turn: Turn; batch: Open[] }>();
  for (const game of games) {
    const turn = next(game);
    if (!turn) continue;
    const key = `${turn.round} ${turn.role}`;
    const known = found.get(key);
    if (known) known.batch.push(game);
    else found.set(key, { turn, batch: [game] });
  }
  return [...found.values()];
}

async function readTurn(
  written: Written,
  turn: Turn,
  { rules, ...around }: Omit<Table<never>, 'writers'>,
): Promise<PlayedTurn> {
  const { writes: kind } = rules.roles.find(({ name }) => name === turn.role)!;
  return { ...written, ...turn, kind, parsed: kind === 'feedback' ? await parseFeedback(written.text, around) : null };
}
