import type { Verdict } from '../../task/judge';
import type { Feedback } from '../../task/feedback-format';
import { feedbacksOf, type Asked, type PlayedTurn } from '../../waltz/game/game';
import { outcomeOf } from '../../waltz/game/outcome';
import type { Rules } from '../../waltz/game/role';
import type { Outcome } from '../../waltz/game/rollout';
import { waltzRules } from '../../waltz/game/rules';
import { takeTurns, type Writer } from '../../waltz/game/turns';
import { agentWriter } from '../../waltz/game/writers';
import { Interrupted } from '../run/interruptible';
import { speakingAgent } from './speaking-agent';
import type { Talk } from './talk';
import type { Instrument, SpokenToken } from './voice';

/** Who takes the floor, by role; the dance ends where nobody is there to write next. */
export type Couple = Readonly<Record<string, Instrument | null>>;

export interface DanceRequest {
  prompt: string;
  /** T_max. */
  maxRounds: number;
  /** 0 is greedy. */
  temperature: number;
  seed: number;
  /** What a model from elsewhere reads before all; left out, what its template says there. */
  system?: string;
  /** Texts of the first beats, c₀ f₀ c₁ …, where the visitor wrote or kept them; a feedback as its JSON. */
  given: readonly string[];
}

/** One beat of a dance, done. */
export interface Beat {
  /** Of the waltz, even beats are answers, odd ones feedback. */
  at: number;
  text: string;
  /** Null where the visitor gave it. */
  tokens: readonly SpokenToken[] | null;
  /** Of an answer: the judge's, where the task knows the truth. */
  verdict: Verdict | null;
  /** Of a feedback, null where it is not well-formed. */
  parsed: Feedback | null;
}

export type DanceEvent =
  | { kind: 'token'; at: number; token: SpokenToken }
  | { kind: 'beat'; beat: Beat }
  /** `outcome` is null where the task does not know the truth, or nobody advised. */
  | { kind: 'ended'; outcome: Outcome | null };

export interface DanceOptions {
  tell: (event: DanceEvent) => void;
  stopping: () => boolean;
  rules?: Rules;
}

/**
 * One game on one prompt, told token by token and beat by beat: rollout 0 of step 0. Beats that are given are taken as they
 * stand. Throws `Interrupted` where it is asked to stop, and what `speak` and the format throw.
 */
export async function dance(
  couple: Couple,
  talk: Talk,
  { prompt, maxRounds, temperature, seed, given }: DanceRequest,
  { tell, stopping, rules = waltzRules }: DanceOptions,
): Promise<void> {
  const { law } = talk;
  const truth = law?.read(prompt) ?? null;
  const verdicts: Verdict[] = [];
  const sampling = { temperature, draw: { seed, stream: 'sampling', step: 0 } } as const;
  let beat = 0;
  let tokens: SpokenToken[] = [];
  const hear = (token: SpokenToken) => {
    tokens.push(token);
    tell({ kind: 'token', at: beat, token });
  };
  const writers = rules.roles.map((role): [string, Writer] => {
    const instrument = couple[role.name];
    const agent = instrument && speakingAgent(instrument, talk.format, { hear, stopping });
    const writer = agent && agentWriter(role, agent, talk, sampling);
    return [
      role.name,
      async (games, turn) => {
        tokens = [];
        if (beat < given.length) return [{ ids: [], from: 0, text: given[beat] }];
        return writer ? await writer(games, turn) : [null];
      },
    ];
  });
  const onTurn = async ({ kind, text, ids, parsed }: PlayedTurn) => {
    const judged = kind === 'answer' && law && truth ? await law.judge.judge([{ prompt: truth, answer: text }]) : [];
    verdicts.push(...judged);
    if (stopping()) throw new Interrupted('Asked to stop.');
    tell({
      kind: 'beat',
      beat: { at: beat, text, tokens: ids.length > 0 ? tokens : null, verdict: judged[0] ?? null, parsed },
    });
    beat += 1;
  };
  const table = { ...talk, rules, writers: Object.fromEntries(writers) };
  const [{ turns }] = await takeTurns<Asked>([{ text: prompt }], [0], table, { maxRounds, onTurn });
  const [first] = feedbacksOf(turns);
  tell({ kind: 'ended', outcome: truth && first ? outcomeOf(verdicts, first.parsed) : null });
}
